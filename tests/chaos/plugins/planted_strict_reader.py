"""A planted fault: a reader of journals that cannot stand a damaged line."""

from __future__ import annotations

import json

from pytest_recall import journal


def decode(line: bytes) -> journal.Event | None:
    """Return the event of *line*; raises ValueError."""
    event: journal.Event = json.loads(line)
    return event


journal.decode = decode
