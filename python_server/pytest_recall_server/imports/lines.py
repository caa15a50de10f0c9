"""Cut what was read into lines: any encoding, any length, bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOK = 512


def encoding_of(head: bytes) -> tuple[str, int]:
    """Return the encoding of a text by its first bytes, and the length of the mark that says so."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    # PowerShell writes UTF-16, not always with a mark: every second byte of English is zero.
    sample = head[:_LOOK]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) > len(sample) // 3:
        return ("utf-16-be" if even > odd else "utf-16-le"), 0
    return "utf-8", 0


def lines_of(chunks: Iterable[bytes], longest: int) -> Iterator[str]:
    """Yield the lines of a text; what is longer than *longest* characters is cut there.

    A carriage return ends a line too, since what follows one stands in a terminal's first column.
    NULs are left out, and what cannot be decoded is replaced.
    """
    decoder: codecs.IncrementalDecoder | None = None
    rest, passes_over = "", False
    for chunk in chunks:
        data = chunk
        if decoder is None:
            encoding, skip = encoding_of(data)
            decoder = codecs.getincrementaldecoder(encoding)("replace")
            data = data[skip:]
        text = rest + decoder.decode(data).replace("\0", "").replace("\r", "\n")
        *whole, rest = text.split("\n")
        for line in whole:
            if not passes_over:
                yield line[:longest]
            passes_over = False
        if len(rest) > longest:
            if not passes_over:
                yield rest[:longest]
            rest, passes_over = "", True
    if rest and not passes_over:
        yield rest
