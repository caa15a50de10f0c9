"""The only code that starts processes."""

from __future__ import annotations
