"""Finding tests without running anything: configuration, file walk, parsing."""

from __future__ import annotations
