"""Decide what a run collects at all: what a selection file or `--lf` leaves of folders and files.

Pure functions over node ids, for the plugin, which collects by them, and for the server, which
shows with them what would be collected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from pytest_recall.nodeids import ancestors, path_of, without_parameters
from pytest_recall.selection import Remembered, remember


@dataclass(frozen=True)
class Wanted:
    """Ids that are wanted, and those among them that are not."""

    ids: frozenset[str]
    exclude: frozenset[str] = frozenset()
    above: frozenset[str] = field(default=frozenset())
    """Everything that wanted ids lie in."""

    @classmethod
    def of(cls, ids: Iterable[str], exclude: Iterable[str]) -> Wanted:
        """Return what *ids* without *exclude* want."""
        cleaned = frozenset(nodeid.rstrip("/") for nodeid in ids)
        above = {each for nodeid in cleaned for each in ancestors(nodeid)}
        return cls(cleaned, frozenset(each.rstrip("/") for each in exclude), frozenset(above))

    def takes(self, nodeid: str) -> bool:
        """Tell whether *nodeid* is wanted: itself, its function, or what it lies in."""
        if self.excludes(nodeid):
            return False
        return lies_in(nodeid, self.ids)

    def excludes(self, nodeid: str) -> bool:
        """Tell whether *nodeid* is taken out."""
        return bool(self.exclude) and lies_in(nodeid, self.exclude)

    def leads(self, nodeid: str) -> bool:
        """Tell whether a collector with this id is on the way to what is wanted."""
        return not self.excludes(nodeid) and (nodeid in self.above or lies_in(nodeid, self.ids))


def lies_in(nodeid: str, ids: Collection[str]) -> bool:
    """Tell whether one of *ids* is *nodeid*, its function, or what it lies in."""
    # The root itself can be named, as "" or ".".
    if nodeid in ids or without_parameters(nodeid) in ids or "" in ids or "." in ids:
        return True
    return any(above in ids for above in ancestors(nodeid))


def in_both(some: Collection[str], others: Collection[str]) -> tuple[str, ...]:
    """Return ids that stand for what lies both in *some* and in *others*, in the order given."""
    first, second = frozenset(some), frozenset(others)
    inside = [nodeid for nodeid in some if lies_in(nodeid, second)]
    around = [nodeid for nodeid in others if lies_in(nodeid, first)]
    return tuple(dict.fromkeys((*inside, *around)))


def place_of(path: str, leading: Collection[str] = ()) -> tuple[tuple[bool, bool, str], ...]:
    """Return what orders files as pytest's walk does: entries by name, `__init__.py` first.

    In each folder, what stands in *leading* (paths of files with known failures, and what they
    lie in) comes before the rest, as with `--lf`.
    """
    names = path.split("/")
    steps = ["/".join(names[: number + 1]) for number in range(len(names))]
    last = len(names) - 1
    return tuple(
        (bool(leading) and step not in leading, number < last or name != "__init__.py", name)
        for number, (step, name) in enumerate(zip(steps, names, strict=True))
    )


def failures_among(
    collector: str, children: Collection[str], wanted: Collection[str], near: Iterable[str]
) -> Remembered:
    """Say which of all *children* that *collector* holds count as failed, of the ids *wanted*.

    *near* are those in the collector's file: to look at all of them for each collector would take
    the product of both.
    """
    inside = [nodeid for nodeid in near if nodeid.startswith(f"{collector}::")]
    # All that *collector* holds is known here, so that what is missing is gone.
    return Remembered(wanted, remember(inside, children, lambda _path: True).functions)


def by_file(ids: Iterable[str]) -> dict[str, dict[str, None]]:
    """Return *ids* by the path of their files, in the order given."""
    found: dict[str, dict[str, None]] = {}
    for nodeid in ids:
        found.setdefault(path_of(nodeid), {})[nodeid] = None
    return found


def left_of_file(
    children: Sequence[str], is_collector: Callable[[int], bool], is_failed: Callable[[str], bool]
) -> list[int]:
    """Return the positions of the *children* of a file that `--lf` makes tests of.

    Only once a failure has been found; classes are kept, since failures may lie in them.
    """
    return [
        index for index, nodeid in enumerate(children) if is_collector(index) or is_failed(nodeid)
    ]
