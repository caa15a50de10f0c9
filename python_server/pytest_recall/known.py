"""Look ids up in `cache/nodeids` without parsing it.

The value is a sorted list, one id a line, as pytest and we write it. Parsing 100,000 of them costs
as much as starting pytest; looking up a few lines by bisection costs nothing. A file of any other
form only makes the answer "not known here", upon which the caller reads the whole of it.
"""

from __future__ import annotations

import json
import os
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # As in covering.py: it takes longer to make than the module to load.
    from typing import Protocol

    class Searchable(Protocol):
        """What is used of a file's content, read or mapped."""

        def find(self, part: bytes, start: int, /) -> int:
            """Return where *part* begins."""
            ...

        def rfind(self, part: bytes, start: int, end: int, /) -> int:
            """Return where the last *part* begins."""
            ...

        def __getitem__(self, span: slice, /) -> bytes:
            """Return a part."""
            ...

        def __len__(self) -> int:
            """Return the length."""
            ...


def line_of(nodeid: str) -> bytes:
    """Return the line that holds *nodeid*, up to the closing quote.

    Without the quote, lines sort as the ids do.
    """
    text = encode_basestring(nodeid)[:-1]
    return b"  " + text.encode("utf-8", "backslashreplace")


def id_of(line: bytes) -> str:
    """Return the id in *line*, which ends before the closing quote."""
    if b"\\" in line:
        return str(json.loads(line + b'"'))
    return line[3:].decode("utf-8")


LARGE = 1 << 20
"""From so many bytes on a file is mapped; a smaller one is read as quickly as mmap is loaded."""


class KnownIds:
    """The text of `cache/nodeids`, to be searched line by line."""

    def __init__(self, text: Searchable) -> None:
        self.text = text

    def close(self) -> None:
        """Unmap the file."""
        close = getattr(self.text, "close", None)
        if close is not None:
            close()

    def known(self, nodeid: str) -> bool:
        """Tell whether *nodeid* stands in the list; may say no for a list that is not sorted."""
        wanted = line_of(nodeid)
        return self._line_at(self._lower_bound(wanted)) == wanted

    def of_file(self, path: str) -> list[str]:
        """Return the known ids that lie in the file *path*."""
        prefix = line_of(path) + b"::"
        found: list[str] = []
        position = self._lower_bound(prefix)
        while (line := self._line_at(position)).startswith(prefix):
            found.append(id_of(line))
            position = self._next_line(position)
        if self.known(path):
            found.append(path)
        return found

    def _line_at(self, position: int) -> bytes:
        end = self.text.find(b"\n", position)
        line = self.text[position : len(self.text) if end < 0 else end]
        return line.rstrip(b",").removesuffix(b'"')

    def _next_line(self, position: int) -> int:
        end = self.text.find(b"\n", position)
        return len(self.text) if end < 0 else end + 1

    def _lower_bound(self, wanted: bytes) -> int:
        """Return where the first line starts that is not less than *wanted*."""
        low, high = self._next_line(0), len(self.text)
        while low < high:
            middle = self.text.rfind(b"\n", low, (low + high) // 2) + 1 or low
            if self._line_at(middle) < wanted and self.text[middle : middle + 2] == b"  ":
                low = self._next_line(middle)
            else:
                high = middle
        return low


def open_known(path: Path) -> KnownIds | None:
    """Read or map the file *path*; None if there is none or it is empty or cannot be read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < LARGE:
                text = file.read()
                return KnownIds(text) if text else None
            # Imported only when it is needed, since a test could see it among the modules.
            import mmap

            return KnownIds(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None
