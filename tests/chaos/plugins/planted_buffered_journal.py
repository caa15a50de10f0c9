"""A planted fault: the journal's lines are written when it is closed."""

from __future__ import annotations

from pytest_recall import recorder
from pytest_recall.journalwriter import Writer


class Buffered(Writer):
    """Keeps lines until the end."""

    def write_line(self, line: bytes) -> None:
        """Keep *line*."""
        _lines.append(line)

    def close(self) -> None:
        """Write all lines at last."""
        for line in _lines:
            super().write_line(line)
        _lines.clear()
        super().close()


_lines: list[bytes] = []
vars(recorder)["Writer"] = Buffered
