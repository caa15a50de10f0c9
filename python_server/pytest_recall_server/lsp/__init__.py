"""The only code that knows pygls, lsprotocol and cattrs."""

from __future__ import annotations
