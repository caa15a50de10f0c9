"""What a run would do: which tests, in which order, and why, by the functions the plugin uses.

A run takes what its selection file wants of the collection, skips what stepwise skips, takes or
moves what failed, and then orders by new and newest, in this order; so does `preview`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pytest_recall.narrowing import Wanted, by_file, failures_among, left_of_file, place_of
from pytest_recall.nodeids import folders_of
from pytest_recall.selection import (
    Modes,
    Progress,
    choose_failed,
    choose_step,
    new_first,
    remember,
)
from pytest_recall_server.model.changes import SelectionKind
from pytest_recall_server.model.ids import SEPARATOR, names_of, path_of
from pytest_recall_server.model.listing import Listing
from pytest_recall_server.model.reorder import Key, Keys, grouped

Why = Literal["all", "selected", "failed", "unfinished", "new", "known", "goesOn", "notPassed"]

EVERYTHING = Wanted.of([""], [])
_STOPPED = "interrupted: {} during collection"


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What is remembered when the run begins."""

    failed: tuple[str, ...] = ()
    """``cache/lastfailed``, in its order."""
    unfinished: tuple[str, ...] = ()
    """``recall/unfinished``, in its order."""
    known: Collection[str] = frozenset()
    """``cache/nodeids``."""
    progress: Progress = field(default_factory=Progress)
    """How far stepwise has come."""
    age: str = ""
    """How old that is, as pytest says it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """A test that would run."""

    id: str
    why: Why


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a run would do."""

    tests: tuple[Reason, ...] = ()
    """In the order in which they would run."""
    deselected: int = 0
    status: str = ""
    """The words of the plugin, or pytest's if the run would end before its first test."""
    certain: bool = True


def preview(
    files: Sequence[Listing], kind: SelectionKind, wanted: Wanted | None, memory: Memory
) -> Preview:
    """Return what a run of *kind* would make of *files*, of which it takes what is *wanted*.

    *files* are all that pytest would look into; without *wanted* it takes all of them.
    """
    broken = sum(file.broken for file in files)
    if broken:
        # The run's Python may be another one, so that it can read what ours cannot.
        errors = "1 error" if broken == 1 else f"{broken} errors"
        return Preview(status=_STOPPED.format(errors), certain=False)
    base: Why = "all" if wanted is None else "selected"
    found = RunCollection(files, wanted or EVERYTHING, kind, memory)
    return replace(_chosen(found, kind, memory, base), certain=found.certain)


def _chosen(found: RunCollection, kind: SelectionKind, memory: Memory, base: Why) -> Preview:
    match kind:
        case "lastFailed" | "outstanding" | "failedFirst":
            return _failed(found, kind, memory, base)
        case "newFirst":
            return _new(found, memory)
        case "stepwise" | "stepwiseSkip" | "stepwiseReset":
            return _stepwise(found.items, memory, base, reset=kind == "stepwiseReset")
        case "all" | "ids" | "changed":
            # What was saved is made a selection of ids before.
            return Preview(tests=tuple(Reason(id=each, why=base) for each in found.items))


def _failed(found: RunCollection, kind: SelectionKind, memory: Memory, base: Why) -> Preview:
    outstanding = kind == "outstanding"
    only = kind != "failedFirst"
    remembered = remember(found.sought, found.seen, found.is_whole, memory.failed)
    unfinished = set(memory.unfinished).difference(memory.failed) if outstanding else set()
    modes = Modes(
        last_failed=only,
        failed_first=not only,
        none_if_no_failures=only,
        outstanding=outstanding,
    )
    ids = found.items
    choice = choose_failed(
        ids,
        remembered,
        modes,
        unfinished=unfinished,
        filtered_out=any(map(remembered.has, ids)),
    )
    has_failed = remember(memory.failed, found.seen, found.is_whole, memory.failed).has

    def why(node_id: str) -> Why:
        if node_id not in choice.failed:
            return base
        return "failed" if has_failed(node_id) else "unfinished"

    name = "run-outstanding" if outstanding else "run-last-failure"
    return Preview(
        tests=tuple(Reason(id=ids[index], why=why(ids[index])) for index in choice.run),
        deselected=len(choice.deselected),
        status=f"{name}: {choice.status}",
    )


def _new(found: RunCollection, memory: Memory) -> Preview:
    ids, changed = found.items, found.changed
    is_known = memory.known.__contains__
    order = new_first(ids, is_known, lambda index: changed[path_of(ids[index])])
    tests = (
        Reason(id=ids[index], why="known" if is_known(ids[index]) else "new") for index in order
    )
    return Preview(tests=tuple(tests))


def _stepwise(ids: Sequence[str], memory: Memory, base: Why, *, reset: bool) -> Preview:
    step = choose_step(ids, memory.progress, reset=reset, by_id=True)
    goes_on = step.last_failed in ids
    place = list(ids).index(step.last_failed) if goes_on and step.last_failed else 0

    def why(index: int) -> Why:
        if not goes_on or index > place:
            return base
        return "goesOn" if index == place else "notPassed"

    return Preview(
        tests=tuple(Reason(id=ids[index], why=why(index)) for index in step.run),
        deselected=len(step.deselected),
        status=f"stepwise: {step.status.format(age=memory.age)}",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """How a version of pytest groups tests by parameters that live longer."""

    by_value: bool = False
    has_packages: bool = False
    """A package is its folder, and not each of its files."""
    by_name: bool = False
    """Parameters are taken in the order of their names."""


_NO_KEYS: Keys = {}
_WAYS = (
    _Way(by_value=True, has_packages=True),  # from 9.2
    _Way(has_packages=True),  # from 8.2.1
    _Way(),  # from 8.0.2
    _Way(by_name=True),  # 8.0
)


class RunCollection:
    """What pytest would collect, in its order."""

    def __init__(
        self, files: Sequence[Listing], wanted: Wanted, kind: SelectionKind, memory: Memory
    ) -> None:
        self._wanted = wanted
        self._takes_all = wanted is EVERYTHING
        self._failed = frozenset(memory.failed)
        self.sought = memory.failed
        """The ids that are to be rerun, or first."""
        if kind == "outstanding":
            self.sought = tuple(dict.fromkeys((*memory.failed, *memory.unfinished)))
        self._sought_in = by_file(self.sought)
        only_failed = kind in {"lastFailed", "outstanding"}
        self._files = _in_order(files, self.sought if only_failed else ())
        self._lasting = {file.path: file.lasting for file in files}
        self.changed = {file.path: file.changed for file in files}
        self._is_whole = {file.path: all(map(wanted.leads, file.classes)) for file in files}
        self.seen = frozenset(
            node_id for file in files for node_id in file.tests if self._is_seen(node_id)
        )
        """What is collected or was before the selection file took away from it."""
        self._found = False
        items = [
            node_id
            for file in self._files
            for node_id in (self._left(file) if only_failed else file.tests)
            if self._takes_all or wanted.takes(node_id)
        ]
        newest, *older = (grouped([self._keys(each, way) for each in items]) for way in _WAYS)
        self.items = tuple(items[index] for index in newest)
        self.certain = all(file.certain for file in files) and all(
            order == newest for order in older
        )

    def _keys(self, node_id: str, way: _Way) -> Keys:
        """Return by what pytest groups a test."""
        path = path_of(node_id)
        lasting = self._lasting[path].get(node_id)
        if not lasting:
            return _NO_KEYS
        around = {
            "session": "",
            "package": path.rpartition("/")[0] if way.has_packages else path,
            "module": path,
            "class": [path, *_classes_of(node_id)][-1],
        }
        keys: dict[str, tuple[Key, ...]] = {}
        for each in sorted(lasting, key=lambda each: each.name) if way.by_name else lasting:
            value = each.value if way.by_value else each.place
            key = (each.name, value, around[each.scope])
            keys[each.scope] = (*keys.get(each.scope, ()), key)
        return keys

    def _is_seen(self, node_id: str) -> bool:
        return self._takes_all or all(map(self._wanted.leads, _classes_of(node_id)))

    def is_whole(self, path: str) -> bool:
        """Tell whether all tests of the file at *path* were seen."""
        return self._is_whole.get(path, False)

    def _left(self, file: Listing) -> Iterator[str]:
        """Yield what `--lf` makes tests of, which is less once it has found a failure."""
        parts = (file.tests[: file.documented], file.tests[file.documented :])
        for part in parts:
            if part:
                yield from self._left_of(file.path, part, is_file=True)

    def _left_of(self, owner: str, tests: Sequence[str], *, is_file: bool) -> Iterator[str]:
        inside: dict[str, list[str]] = {}
        for node_id in tests:
            inside.setdefault(_child(owner, node_id), []).append(node_id)
        children = list(inside)
        classes = {child for child in children if inside[child] != [child]}
        sought = self._sought_in.get(path_of(owner), {})
        remembered = failures_among(owner, inside.keys(), sought, sought)
        is_failed = owner in self._failed
        self._found = self._found or is_failed or any(map(remembered.has, children))
        if is_file and self._found and not is_failed:
            left = left_of_file(children, lambda at: children[at] in classes, remembered.has)
            children = [children[at] for at in left]
        for child in children:
            if child not in classes:
                yield child
            elif self._wanted.leads(child):
                yield from self._left_of(child, inside[child], is_file=False)


def _in_order(files: Sequence[Listing], sought: Sequence[str]) -> list[Listing]:
    paths = {path_of(node_id) for node_id in sought}
    leading = paths.union(*map(folders_of, paths))
    return sorted(files, key=lambda file: (file.start, place_of(file.path, leading)))


def _classes_of(node_id: str) -> Iterator[str]:
    path, names = path_of(node_id), names_of(node_id)
    for count in range(1, len(names)):
        yield SEPARATOR.join((path, *names[:count]))


def _child(owner: str, node_id: str) -> str:
    """Return the child of the file or class *owner* that *node_id* is or lies in."""
    depth = len(names_of(owner)) if SEPARATOR in owner else 0
    names = names_of(node_id)
    if len(names) == depth + 1:
        return node_id
    return SEPARATOR.join((owner, names[depth]))
