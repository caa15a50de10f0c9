"""The tests of one file as rows, with what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from pytest_recall_server.model.facts import FileFacts, Memory
from pytest_recall_server.model.ids import SEPARATOR, function_of, names_of, split_parameters
from pytest_recall_server.model.outline import Definition, Span
from pytest_recall_server.model.testids import ids_of_function, known_parameters, unseen

NodeKind = Literal["class", "function", "parameters"]


@dataclass(frozen=True, kw_only=True, slots=True)
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
    stale: bool = False
    """Its source has changed since its result."""
    slow: bool = False
    """It took long when it ran last, or something in it did."""
    marks: tuple[str, ...] = ()
    """The names of a function's marks; of a class those of all that is in it."""
    children: tuple[TestNode, ...] = ()


def rows_of(facts: FileFacts, memory: Memory) -> tuple[TestNode, ...]:
    """Return the classes and functions of one file with all below them."""
    return _Builder(facts, memory).tests()


def flatten(nodes: Iterable[TestNode]) -> Iterator[TestNode]:
    """Yield *nodes* and all below them."""
    for node in nodes:
        yield node
        yield from flatten(node.children)


def _marked(node: TestNode, marks: tuple[str, ...]) -> TestNode:
    """Return *node* with the marks that its source gives it."""
    return replace(node, marks=marks) if marks else node


class _Builder:
    def __init__(self, facts: FileFacts, memory: Memory) -> None:
        self._facts = facts
        self._memory = memory
        self._parameters = known_parameters(facts)

    def tests(self) -> tuple[TestNode, ...]:
        facts = self._facts
        parsed = tuple(self._defined(facts.path, item) for item in facts.definitions or ())
        if not facts.known:
            return parsed
        have = {node.id for node in flatten(parsed)}
        rest = list(unseen(facts, self._memory, have))
        return self._merge(facts.path, parsed, rest) if rest else parsed

    def _defined(self, owner: str, item: Definition) -> TestNode:
        own_id = owner + SEPARATOR + item.name
        if item.kind == "class":
            children = tuple(self._defined(own_id, child) for child in item.children)
        else:
            ids = ids_of_function(
                own_id, item.parameters, self._parameters, self._facts, self._memory
            )
            nodes = (self._parametrised(node_id, item.span) for node_id in ids)
            children = tuple(_marked(node, item.marks) for node in nodes)
        return _marked(self._node(own_id, item.name, item.kind, item.span, children), item.marks)

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
            stale=kind != "class" and self._facts.is_stale(node_id),
            slow=self._facts.is_slow(node_id) or any(child.slow for child in children),
            marks=tuple(sorted({mark for child in children for mark in child.marks})),
            children=children,
        )

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
        merged = self._node(node.id, node.label, node.kind, node.span, children)
        return _marked(merged, node.marks)

    def _remembered(self, node_id: str, ids: list[str]) -> TestNode:
        label = node_id.rpartition(SEPARATOR)[2]
        deeper = [item for item in ids if function_of(item) != node_id]
        if deeper:
            children = self._merge(node_id, (), deeper)
            return self._node(node_id, label, "class", None, children)
        children = tuple(self._parametrised(item, None) for item in ids if item != node_id)
        return self._node(node_id, label, "function", None, children)
