"""One run at a time: the others wait in line."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from pytest_recall_server.model.changed import joined
from pytest_recall_server.model.changes import Selection


@dataclass(eq=False, slots=True)
class Ticket:
    """A place in the line."""

    selection: Selection
    turn: asyncio.Future[bool]
    """True: go on.  False: given up before its turn."""


class RunQueue:
    """The line of the runs of one root."""

    def __init__(self) -> None:
        self._current: Ticket | None = None
        self._waiting: deque[Ticket] = deque()

    def enter(self, selection: Selection) -> Ticket:
        """Take a place; a second request to rerun what is remembered replaces a waiting one.

        So does one for changed files, and takes over the files of that one.
        """
        turn = asyncio.get_running_loop().create_future()
        for other in list(self._waiting):
            together = _together(selection, other.selection)
            if together is not None:
                selection = together
                self.give_up(other)
        ticket = Ticket(selection=selection, turn=turn)
        self._waiting.append(ticket)
        self._advance()
        return ticket

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def give_up(self, ticket: Ticket) -> bool:
        """Leave the line before one's turn; return False where it is too late for that."""
        if ticket not in self._waiting:
            return False
        self._waiting.remove(ticket)
        ticket.turn.set_result(False)
        return True

    def leave(self, ticket: Ticket) -> None:
        """Make way for the next."""
        if self._current is ticket:
            self._current = None
            self._advance()

    def _advance(self) -> None:
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._current.turn.set_result(True)


def _together(later: Selection, earlier: Selection) -> Selection | None:
    """Return the one run that stands for both; None: each is for itself."""
    if later.kind in {"lastFailed", "outstanding"}:
        return later if earlier == later else None
    return joined(later, earlier)
