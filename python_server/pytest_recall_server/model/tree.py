"""The tests of one file, as a tree with what is known of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

import attrs

from pytest_recall_server.model.ids import (
    SEPARATOR,
    ancestors_of,
    function_of,
    names_of,
    split_parameters,
)
from pytest_recall_server.model.outline import Definition, Span
from pytest_recall_server.model.results import Place

NodeKind = Literal["class", "function", "parameters"]


@attrs.frozen(kw_only=True)
class TestNode:
    """A class, a function, or the parameters of a function."""

    __test__ = False

    id: str
    label: str
    kind: NodeKind
    span: Span | None
    new: bool
    failed: bool
    unfinished: bool
    children: tuple[TestNode, ...] = ()


@attrs.frozen(kw_only=True)
class FileError:
    """Why a file could not be collected."""

    message: str
    place: Place
    statement: str | None


@attrs.frozen(kw_only=True)
class FileView:
    """A file with its tests."""

    path: str
    modified: int
    new: bool
    failed: bool
    unfinished: bool
    error: FileError | None
    tests: tuple[TestNode, ...]


@attrs.frozen(kw_only=True)
class Memory:
    """What the cache says about ids."""

    failed: Collection[str] = frozenset()
    """Ids in ``cache/lastfailed``."""
    failed_around: Collection[str] = frozenset()
    """Ids of everything that has a failed descendant."""
    unfinished: Collection[str] = frozenset()
    """Ids that a run has selected and not finished, and that are not failed; always up to date."""
    unfinished_around: Collection[str] = frozenset()
    """Ids of everything that has an unfinished descendant."""
    seen: Collection[str] | None = None
    """Ids in ``cache/nodeids`` and those of their functions; None: there is no such key."""

    def is_new(self, node_id: str) -> bool:
        """Tell whether *node_id* was never collected."""
        return self.seen is not None and node_id not in self.seen

    def is_failed(self, node_id: str) -> bool:
        """Tell whether *node_id* failed, or something in it."""
        return node_id in self.failed or node_id in self.failed_around

    def is_unfinished(self, node_id: str) -> bool:
        """Tell whether *node_id* was not finished, or something in it."""
        return node_id in self.unfinished or node_id in self.unfinished_around

    def is_outstanding(self, node_id: str) -> bool:
        """Tell whether *node_id* itself is failed or unfinished."""
        return node_id in self.failed or node_id in self.unfinished


def around(ids: Collection[str]) -> frozenset[str]:
    """Return the ids of everything that has one of *ids* in it."""
    return frozenset(ancestor for node_id in ids for ancestor in ancestors_of(node_id))


def with_functions(node_ids: Collection[str]) -> frozenset[str]:
    """Return *node_ids* and those of their functions."""
    return frozenset((*node_ids, *map(function_of, node_ids)))


@attrs.frozen(kw_only=True)
class FileFacts:
    """All that is known of one file."""

    path: str
    modified: int
    definitions: tuple[Definition, ...] | None
    """None: it could never be parsed."""
    error: FileError | None
    known: Collection[str]
    """Ids that the cache or a run knows in this file, in order."""
    collected: Collection[str] = frozenset()
    """Ids that were collected since the file last changed: they exist."""
    whole: bool = False
    """These are all of the file's tests."""
    edited: bool = False
    """The definitions are those of an unsaved document: runs have seen another text."""


def view_of(facts: FileFacts, memory: Memory) -> FileView:
    """Return the tree of one file."""
    builder = _Builder(facts, memory)
    tests = builder.tests()
    return FileView(
        path=facts.path,
        modified=facts.modified,
        new=any(node.new for node in flatten(tests)),
        failed=memory.is_failed(facts.path),
        unfinished=memory.is_unfinished(facts.path),
        error=facts.error,
        tests=tests,
    )


def flatten(nodes: Iterable[TestNode]) -> Iterator[TestNode]:
    """Yield *nodes* and all below them."""
    for node in nodes:
        yield node
        yield from flatten(node.children)


def leaves(nodes: Iterable[TestNode]) -> Iterator[TestNode]:
    """Yield the tests that pytest would run one by one."""
    for node in nodes:
        if node.children:
            yield from leaves(node.children)
        elif node.kind != "class":
            yield node


class _Builder:
    def __init__(self, facts: FileFacts, memory: Memory) -> None:
        self._facts = facts
        self._memory = memory
        self._parameters: dict[str, list[str]] = {}
        self._certain: set[str] = set()
        """Functions whose parameters parsing is certain of."""
        for node_id in facts.known:
            function, parameters = split_parameters(node_id)
            if parameters:
                self._parameters.setdefault(function, []).append(node_id)

    def tests(self) -> tuple[TestNode, ...]:
        facts = self._facts
        parsed = [self._defined(facts.path, item) for item in facts.definitions or ()]
        have = {node.id for node in flatten(parsed)}
        open_classes = set(self._open_classes(facts.path, facts.definitions or ()))
        rest = [
            node_id
            for node_id in facts.known
            if node_id not in have
            and SEPARATOR in node_id
            and function_of(node_id) not in self._certain
            and self._believed(node_id, open_classes)
        ]
        return self._with_remembered(tuple(parsed), rest)

    def _believed(self, node_id: str, open_classes: set[str]) -> bool:
        """Tell whether a test that parsing does not see is shown."""
        facts = self._facts
        return (
            facts.definitions is None
            or self._memory.is_outstanding(node_id)
            or node_id in facts.collected
            or not open_classes.isdisjoint(ancestors_of(node_id))
        )

    def _open_classes(self, owner: str, items: Iterable[Definition]) -> Iterator[str]:
        for item in items:
            own_id = owner + SEPARATOR + item.name
            if item.open:
                yield own_id
            yield from self._open_classes(own_id, item.children)

    def _defined(self, owner: str, item: Definition) -> TestNode:
        own_id = owner + SEPARATOR + item.name
        if item.kind == "class":
            children = tuple(self._defined(own_id, child) for child in item.children)
        else:
            children = tuple(
                self._parametrised(node_id, item.span) for node_id in self._ids_of(own_id, item)
            )
        return self._node(own_id, item.name, item.kind, item.span, children)

    def _ids_of(self, own_id: str, item: Definition) -> Iterable[str]:
        """Return the ids of a function's parameters: parsed, remembered or collected."""
        known = self._parameters.get(own_id, ())
        if item.parameters is None:
            return known
        self._certain.add(own_id)
        parsed = [f"{own_id}[{parameters}]" for parameters in item.parameters]
        facts = self._facts
        if not known and own_id not in facts.collected:
            return parsed
        collected = [] if facts.edited else [each for each in known if each in facts.collected]
        if facts.whole and not facts.edited and (collected or own_id in facts.collected):
            # A run has seen what a plugin made of it.
            parsed = collected
        outstanding = (each for each in known if self._memory.is_outstanding(each))
        return dict.fromkeys((*parsed, *collected, *outstanding))

    def _parametrised(self, node_id: str, span: Span | None) -> TestNode:
        label = split_parameters(node_id)[1]
        return self._node(node_id, label, "parameters", span, ())

    def _node(
        self,
        node_id: str,
        label: str,
        kind: NodeKind,
        span: Span | None,
        children: tuple[TestNode, ...],
    ) -> TestNode:
        if kind == "class":
            new = bool(children) and all(child.new for child in children)
        else:
            new = self._memory.is_new(node_id)
        return TestNode(
            id=node_id,
            label=label,
            kind=kind,
            span=span,
            new=new,
            failed=self._memory.is_failed(node_id),
            unfinished=self._memory.is_unfinished(node_id),
            children=children,
        )

    def _with_remembered(
        self, parsed: tuple[TestNode, ...], ids: list[str]
    ) -> tuple[TestNode, ...]:
        """Add tests that are known by their ids only."""
        return self._merge(self._facts.path, parsed, ids) if ids else parsed

    def _merge(
        self, owner: str, nodes: tuple[TestNode, ...], ids: list[str]
    ) -> tuple[TestNode, ...]:
        """Put each of *ids*, all below *owner*, into its place among *nodes*."""
        by_child: dict[str, list[str]] = {}
        depth = len(names_of(owner + SEPARATOR + "x")) - 1
        for node_id in ids:
            names = names_of(node_id)
            child = owner + SEPARATOR + names[depth]
            by_child.setdefault(child, []).append(node_id)
        merged = []
        for node in nodes:
            inside = by_child.pop(node.id, [])
            merged.append(self._extended(node, inside) if inside else node)
        for child, inside in by_child.items():
            merged.append(self._remembered(child, inside))
        return tuple(merged)

    def _extended(self, node: TestNode, ids: list[str]) -> TestNode:
        children = self._merge(node.id, node.children, ids)
        return self._node(node.id, node.label, node.kind, node.span, children)

    def _remembered(self, node_id: str, ids: list[str]) -> TestNode:
        label = node_id.rpartition(SEPARATOR)[2]
        deeper = [item for item in ids if function_of(item) != node_id]
        if deeper:
            children = self._merge(node_id, (), deeper)
            return self._node(node_id, label, "class", None, children)
        children = tuple(self._parametrised(item, None) for item in ids if item != node_id)
        return self._node(node_id, label, "function", None, children)
