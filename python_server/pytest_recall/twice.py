"""Tests that end more than once in a run: if they fail once, they have failed.

Such are those of `xdist --dist each`, of files that are named twice with `--keep-duplicates`, and
of plugins that run a test several times. An attempt that a plugin calls a rerun is no end.
"""

from __future__ import annotations

from pathlib import Path

from pytest_recall.journal import Event, decode, encode


class Failures:
    """Where in the journal the failures of a run stand, should their tests end again."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[int, int, str]] = {}

    def note(self, nodeid: str, line: tuple[int, int], outcome: str) -> None:
        """Take that the failure of *nodeid* stands in *line*: its offset and length in bytes."""
        self._lines[nodeid] = (*line, outcome)

    def again(self, path: Path, nodeid: str, time: float) -> bytes | None:
        """Return the line for a test that has ended without a failure now, but has failed before.

        None if it has not failed before in the journal *path*.
        """
        if nodeid not in self._lines:
            return None
        offset, length, outcome = self._lines[nodeid]
        event: Event = {"event": "test", "id": nodeid, "outcome": outcome, "duration": {}}
        return encode(event | (_read(path, offset, length) or {}) | {"time": time})


def _read(path: Path, offset: int, length: int) -> Event | None:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return decode(file.read(length))
    except OSError:
        return None
