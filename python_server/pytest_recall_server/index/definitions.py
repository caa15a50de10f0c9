"""Which of a file's definitions pytest collects, by pytest's rules (``_pytest/python.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pytest_recall_server.index.ancestry import (
    MAX_DEPTH,
    Ancestry,
    Finds,
    ancestry_of,
    members_of,
)
from pytest_recall_server.index.fixtures import EMPTY, Layer, Surroundings
from pytest_recall_server.index.rules import Found, Rules, matches
from pytest_recall_server.model.outline import (
    UNMARKED,
    Alias,
    Class,
    Definition,
    Function,
    Import,
    Marks,
    Member,
    Module,
    Span,
)


class Lookup(Finds, Protocol):
    """Finds what names mean across the files of a project."""

    def conftests(self, path: str) -> Sequence[Layer]:
        """Return the fixtures of the conftest files around the file at *path*, nearest first."""

    def module_name(self, path: str) -> str:
        """Return the dotted name that the file at *path* is imported by."""


def doctests(path: str, module: Module, lookup: Lookup) -> tuple[Definition, ...]:
    """Return the doctests of the file at *path*."""
    name = lookup.module_name(path) if module.doctests else ""
    return tuple(
        Definition(
            name=f"{name}.{each.name}" if each.name else name,
            kind="function",
            span=each.span,
            parameters=(),
        )
        for each in module.doctests
    )


def definitions(path: str, module: Module, rules: Rules, lookup: Lookup) -> tuple[Definition, ...]:
    """Return what pytest collects from the file at *path*, in pytest's order."""
    if module.marked is False:
        return ()
    around = Surroundings(lookup, path, module, rules, lookup.conftests(path))
    collector = _Collector(path, rules, lookup, around)
    top = _Place(marks=(module.marks,))
    found: dict[str, Definition] = {}
    if rules.imported:
        for origin, name in lookup.names(path, module):
            if target := lookup.find(origin, name):
                _keep(found, collector.definition(name, target, _TOP, top))
    for member in module.members:
        found.pop(member.name, None)
        if target := collector.resolve(member):
            _keep(found, collector.definition(member.name, target, member.span, top))
    return tuple(found.values())


_TOP = Span(line=0, column=0, end_line=0, end_column=0)


def _keep(found: dict[str, Definition], definition: Definition | None) -> None:
    if definition is not None:
        found[definition.name] = definition


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where in a file a definition stands: what holds for it from around, the nearest first."""

    marks: tuple[Marks, ...]
    classes: tuple[Layer, ...] = ()
    depth: int = 0

    def inside(self, marks: Marks, layer: Layer) -> _Place:
        """Return the place in a class."""
        classes = self.classes if layer is EMPTY else (layer, *self.classes)
        return _Place(marks=(marks, *self.marks), classes=classes, depth=self.depth + 1)


class _Collector:
    """Applies the rules to one file."""

    def __init__(self, path: str, rules: Rules, lookup: Lookup, around: Surroundings) -> None:
        self._path = path
        self._rules = rules
        self._lookup = lookup
        self._around = around

    def resolve(self, member: Member) -> Found | None:
        """Return what *member* stands for, if it is known."""
        match member:
            case Function() | Class():
                return Found(path=self._path, member=member)
            case Import() if not self._rules.imported:
                return None
            case Alias() | Import():
                if not self._may_be_test(member.name):
                    # Most imports are no tests: do not open other files for them.
                    return None
                return self._lookup.find(self._path, member.name)

    def _may_be_test(self, name: str) -> bool:
        rules = self._rules
        return (
            matches(name, rules.functions)
            or matches(name, rules.classes)
            or name.endswith(("TestCase", "Test", "Tests"))
        )

    def definition(self, name: str, found: Found, span: Span, place: _Place) -> Definition | None:
        """Return the definition collected as *name*, or None where it is no test."""
        member = found.member
        if found.path == self._path:
            span = member.span
        if isinstance(member, Function):
            named = matches(name, self._rules.functions) or member.marked is True
            if not (named and member.callable and member.marked is not False):
                return None
            # What is imported from elsewhere may be collected there as well.
            around = place.marks if found.path == self._path else (UNMARKED, *place.marks)
            marks = (member.marks, *around)
            parameters = self._around.parameters(member, marks, place.classes)
            lasting = self._around.lasting(marks, place.classes) if parameters else ()
            return Definition(
                name=name,
                kind="function",
                span=span,
                parameters=parameters,
                source=member.source,
                lasting=lasting,
                marks=_names(marks),
            )
        return self._class(name, found, span, place) if place.depth < MAX_DEPTH else None

    def _class(self, name: str, found: Found, span: Span, place: _Place) -> Definition | None:
        ancestry = ancestry_of(found, self._lookup)
        marked = ancestry.marked
        if marked is False or ancestry.is_abstract:
            return None
        if ancestry.unittest:
            children = self._unittest_methods(ancestry, span, place)
        elif ancestry.constructor or not (matches(name, self._rules.classes) or marked is True):
            return None
        else:
            children = self._members(ancestry, span, place)
        return Definition(name=name, kind="class", span=span, open=ancestry.open, children=children)

    def _unittest_methods(
        self, ancestry: Ancestry, span: Span, place: _Place
    ) -> tuple[Definition, ...]:
        around = place.inside(*ancestry.gives()).marks
        methods: dict[str, Definition] = {}
        seen: set[str] = set()
        for found in ancestry.chain:
            for member in members_of(found):
                name = member.name
                if name in seen:
                    continue
                seen.add(name)
                # unittest's own loader decides: `test`, whatever python_functions says.
                if (name.startswith("test") or name == "runTest") and _is_method(member):
                    own = member.span if found.path == self._path else span
                    methods[name] = _unittest_method(member, own, around)
        run_test = methods.pop("runTest", None)
        if not methods and run_test is not None:
            return (run_test,)
        return tuple(methods[name] for name in sorted(methods))

    def _members(self, ancestry: Ancestry, span: Span, place: _Place) -> tuple[Definition, ...]:
        inner = place.inside(*ancestry.gives())
        layers: list[list[Definition]] = []
        seen: set[str] = set()
        for found in ancestry.chain:
            layer = []
            for member in members_of(found):
                if member.name in seen:
                    continue
                seen.add(member.name)
                target = self._member(found, member)
                if target is None:
                    continue
                if child := self.definition(member.name, target, span, inner):
                    layer.append(child)
            layers.append(layer)
        # Tests of base classes come before those of the class itself.
        return tuple(child for layer in reversed(layers) for child in layer)

    def _member(self, owner: Found, member: Member) -> Found | None:
        match member:
            case Function() | Class():
                return Found(path=owner.path, member=member)
            case Alias(target=target):
                for sibling in members_of(owner):
                    if sibling.name == target and isinstance(sibling, Function | Class):
                        return Found(path=owner.path, member=sibling)
                return self._lookup.find(owner.path, target)
            case _:
                return None


def _unittest_method(member: Member, span: Span, around: Sequence[Marks]) -> Definition:
    function = member if isinstance(member, Function) else None
    return Definition(
        name=member.name,
        kind="function",
        span=span,
        parameters=(),
        source=0 if function is None else function.source,
        marks=_names([UNMARKED if function is None else function.marks, *around]),
    )


def _names(marks: Iterable[Marks]) -> tuple[str, ...]:
    return tuple(sorted({name for each in marks for name in each.names}))


def _is_method(member: Member) -> bool:
    if isinstance(member, Function):
        return member.callable and member.marked is not False
    return isinstance(member, Alias) and bool(member.target)
