"""How pytest groups tests by parameters that live longer than a test (``reorder_items``)."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Mapping, Sequence

SCOPES = ("session", "package", "module", "class")

Key = Hashable
"""Tests with one key can share a value."""
Keys = Mapping[str, tuple[Key, ...]]
"""Scope → the keys of one test, in the order of its parameters."""


def grouped(tests: Sequence[Keys]) -> list[int]:
    """Return the positions of *tests* in the order in which pytest runs them."""
    if not any(tests):
        return list(range(len(tests)))
    return list(_Grouping(tests).ordered(dict.fromkeys(range(len(tests))), 0))


class _Grouping:
    """The state of one grouping: where a key leads to next depends on what was placed before."""

    def __init__(self, tests: Sequence[Keys]) -> None:
        self._keys = [[dict.fromkeys(keys.get(scope, ())) for keys in tests] for scope in SCOPES]
        self._sharing: list[dict[Key, OrderedDict[int, None]]] = [{} for _ in SCOPES]
        for sharing, of_tests in zip(self._sharing, self._keys, strict=True):
            for index, keys in enumerate(of_tests):
                for key in keys:
                    sharing.setdefault(key, OrderedDict())[index] = None

    def ordered(self, items: dict[int, None], level: int) -> dict[int, None]:
        """Return *items* grouped by their keys at *level* and below, the longest-lived first."""
        if level == len(SCOPES) or len(items) < 3:  # noqa: PLR2004 # two are never moved
            return items
        done: dict[int, None] = {}
        used: set[Key] = set()
        waiting = deque(items)
        while waiting:
            loose: dict[int, None] = {}
            taken: Key | None = None
            while waiting:
                item = waiting.popleft()
                if item in done or item in loose:
                    continue
                keys = [key for key in self._keys[level][item] if key not in used]
                if not keys:
                    loose[item] = None
                    continue
                taken = keys[-1]
                self._bring_forward(taken, level, items, waiting)
                break
            if loose:
                done.update(self.ordered(loose, level + 1))
            if taken is not None:
                used.add(taken)
        return done

    def _bring_forward(
        self, key: Key, level: int, items: dict[int, None], waiting: deque[int]
    ) -> None:
        """Put those of *items* that share *key* in front, here and wherever they share others."""
        for index in reversed([each for each in self._sharing[level][key] if each in items]):
            waiting.appendleft(index)
            for sharing, of_tests in zip(self._sharing, self._keys, strict=True):
                for other in of_tests[index]:
                    sharing[other].move_to_end(index, last=False)
