"""The tests that runs have left unfinished: what the cache says, and what runs have said since."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pytest_recall_server.model.idset import IdSet


class Leftover:
    """The unfinished tests of one root."""

    def __init__(self) -> None:
        self._in_key: tuple[str, ...] = ()
        """``recall/unfinished``."""
        self._was_in_key: frozenset[str] = frozenset()
        """The same, to look ids up."""
        self._live: dict[str, bool] = {}
        """Ids that runs left unfinished (or finished) that are not merged into the key yet."""
        self._now = IdSet()
        """What follows from the two."""
        self._was_killed: set[str] = set()
        """Ids of tests that a killed run was in and no later one has finished."""

    @property
    def ids(self) -> Collection[str]:
        """The unfinished tests, as they are at any time."""
        return self._now.ids

    @property
    def around(self) -> Collection[str]:
        """The ids of everything that holds an unfinished test, as they are at any time."""
        return self._now.around

    @property
    def killed(self) -> list[str]:
        """The unfinished tests that a killed run was in."""
        return sorted(node_id for node_id in self._was_killed if node_id in self._now.ids)

    def set_key(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Take what the key holds now, and return what it held before; ``count`` is next."""
        before = self._was_in_key
        self._in_key, self._was_in_key = ids, frozenset(ids)
        return before

    def count(self, failed: Collection[str]) -> None:
        """Find out anew what is unfinished and not among those that are *failed*."""
        ids = (node_id for node_id in (*self._in_key, *self._live) if node_id not in failed)
        self._now.replace(node_id for node_id in ids if self._live.get(node_id, True))

    def leave(self, node_id: str) -> None:
        """Take that a run is over that had not finished *node_id*."""
        self._live[node_id] = True
        self._now.add(node_id)

    def finish(self, node_id: str) -> None:
        """Take that *node_id* was finished, whatever came of it."""
        if node_id in self._was_in_key or node_id in self._live:
            self._live[node_id] = False
        self._was_killed.discard(node_id)
        self._now.discard(node_id)

    def kill(self, node_id: str) -> bool:
        """Take that a killed run was in *node_id*; return whether that is unfinished at all."""
        if node_id not in self._now.ids:
            return False
        self._was_killed.add(node_id)
        return True

    def forget_live(self) -> Iterable[str]:
        """Let the key alone tell; return what runs have said beside it.  ``count`` is next."""
        live, self._live = self._live, {}
        return live
