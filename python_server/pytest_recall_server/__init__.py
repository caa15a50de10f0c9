"""The language server of Pytest Recall: it owns the cache and imports nothing of the user's."""

from __future__ import annotations

__version__ = "0.1.0"
