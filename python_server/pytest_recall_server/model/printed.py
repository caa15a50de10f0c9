"""What of a run's output is told: all of it, unless it is more than anybody reads."""

from __future__ import annotations

LIMIT = 8 * 1024 * 1024
"""Characters of one run that are told as they come."""
LAST = 64 * 1024
"""Characters that are told at the end of a run that has printed more."""


class Printed:
    """Lets the beginning of an output through, and keeps the end for the end."""

    def __init__(self, limit: int = LIMIT, last: int = LAST) -> None:
        self._left = limit
        self._last = last
        self._end = ""
        self._dropped = 0

    def take(self, output: str) -> str:
        """Take *output* and return what is to be told now."""
        now, later = output[: self._left], output[self._left :]
        if not later:
            self._left -= len(now)
            return now
        is_news = not (self._end or self._dropped)
        self._left = 0
        kept = (self._end + later)[-self._last :]
        self._dropped += len(self._end) + len(later) - len(kept)
        self._end = kept
        return f"{now}\n[Pytest Recall: there is more output than is shown]\n" if is_news else now

    def rest(self) -> str:
        """Return what is still to be told when nothing more will come; once."""
        end, dropped, self._end, self._dropped = self._end, self._dropped, "", 0
        if not dropped:
            return end
        return f"\n[Pytest Recall: {dropped:,} characters are left out here]\n{end}"
