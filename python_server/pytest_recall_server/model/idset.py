"""Ids, and what holds one of them: there may be very many, and they change one at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pytest_recall_server.model.ids import SEPARATOR, ancestors_of, function_of


class IdSet:
    """A set of node ids in the order in which they came."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._around: dict[str, int] = {}
        """How many of the ids each function, class or file holds."""
        self._owners: dict[str, tuple[str, ...]] = {}
        """What a class or file lies in, with itself: asked for once for all that it holds."""

    @property
    def ids(self) -> Collection[str]:
        """The ids, as they are at any time."""
        return self._ids.keys()

    @property
    def around(self) -> Collection[str]:
        """The ids of everything that holds one of them, as they are at any time."""
        return self._around.keys()

    def add(self, node_id: str) -> None:
        """Add *node_id*, if it is not there."""
        if node_id not in self._ids:
            self._ids[node_id] = None
            for holder in self._holders(node_id):
                self._around[holder] = self._around.get(holder, 0) + 1

    def discard(self, node_id: str) -> None:
        """Take *node_id* out, if it is there."""
        if node_id in self._ids:
            del self._ids[node_id]
            for holder in self._holders(node_id):
                self._around[holder] -= 1
                if not self._around[holder]:
                    del self._around[holder]

    def replace(self, ids: Iterable[str]) -> None:
        """Have *ids* and no others."""
        wanted = dict.fromkeys(ids)
        for node_id in self._ids.keys() - wanted.keys():
            self.discard(node_id)
        for node_id in wanted:
            self.add(node_id)

    def _holders(self, node_id: str) -> tuple[str, ...]:
        function = function_of(node_id)
        owner = function.rpartition(SEPARATOR)[0]
        holders = self._owners.get(owner)
        if holders is None:
            holders = self._owners[owner] = (owner, *ancestors_of(owner)) if owner else ()
        return holders if function == node_id else (function, *holders)
