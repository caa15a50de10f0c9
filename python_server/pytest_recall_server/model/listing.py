"""The tests of one file in the order in which pytest collects them, as far as it is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_recall_server.model.ids import SEPARATOR, ancestors_of, function_of
from pytest_recall_server.model.outline import Definition


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """A value of a parameter that tests may share."""

    name: str
    scope: str
    value: str
    """A text that is equal where the values are."""
    place: int
    """The place of the value in its mark."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What a run would collect of a file."""

    path: str
    tests: tuple[str, ...] = ()
    """Ids in the order of collection."""
    classes: tuple[str, ...] = ()
    """Ids of the classes, the outer ones first."""
    documented: int = 0
    """So many of the tests, the first ones, are doctests: to pytest a file of their own."""
    lasting: Mapping[str, tuple[Shared, ...]] = field(default_factory=dict)
    """Test → its parameters that live longer than it."""
    certain: bool = True
    """The ids, their order, and that there are no others are certain."""
    broken: bool = False
    """It cannot be collected, which ends a run before its first test."""
    changed: float = 0.0
    """When the file was last changed, in seconds since the epoch as pytest has them."""
    start: int = 0
    """Position among what pytest starts to collect from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What a listing is made of."""

    definitions: tuple[Definition, ...] | None
    known: Collection[str] = ()
    """Ids that the cache or a run knows in this file, in order."""
    collected: Collection[str] = frozenset()
    """Those that a run has collected since the file last changed."""
    whole: bool = False
    """These are all of the file's tests."""


def listing_of(path: str, sources: Sources) -> Listing:
    """Return what a run would collect of the file at *path*."""
    definitions = sources.definitions or ()
    classes = tuple(_classes(path, definitions))
    functions = dict(_functions(path, definitions))
    if sources.whole:
        tests = tuple(each for each in sources.known if each in sources.collected)
        return Listing(
            path=path,
            tests=tests,
            # The classes that parsing does not see have tests.
            classes=tuple(dict.fromkeys((*classes, *_classes_around(tests)))),
            documented=_documented(path, tests),
            lasting=dict(_lasting(functions)),
            certain=all(_stays(each, functions) for each in tests),
        )
    parsed = [each for function in functions.items() for each in _of(function, sources)]
    more = tuple(_undefined(path, definitions, functions, sources))
    tests = (*parsed, *more)
    return Listing(
        path=path,
        tests=tests,
        classes=classes,
        documented=_documented(path, tests),
        lasting=dict(_lasting(functions)),
        certain=_is_certain(definitions) and not more,
    )


def _classes(owner: str, items: Iterable[Definition]) -> Iterator[str]:
    for item in items:
        if item.kind == "class":
            own = owner + SEPARATOR + item.name
            yield own
            yield from _classes(own, item.children)


def _classes_around(tests: Iterable[str]) -> Iterator[str]:
    for node_id in tests:
        *around, _file = ancestors_of(function_of(node_id))
        yield from reversed(around)


def _functions(owner: str, items: Iterable[Definition]) -> Iterator[tuple[str, Definition]]:
    for item in items:
        own = owner + SEPARATOR + item.name
        if item.kind == "function":
            yield own, item
        else:
            yield from _functions(own, item.children)


def _of(function: tuple[str, Definition], sources: Sources) -> list[str]:
    """Return the ids of the tests of one function: parsed, else remembered, else its own."""
    own, definition = function
    if definition.parameters is not None:
        return [f"{own}[{each}]" for each in definition.parameters] or [own]
    remembered = [each for each in sources.known if each != own and function_of(each) == own]
    return remembered or [own]


def _lasting(functions: Mapping[str, Definition]) -> Iterator[tuple[str, tuple[Shared, ...]]]:
    for own, definition in functions.items():
        for number, parameters in enumerate(definition.parameters or ()):
            shared = tuple(
                Shared(
                    name=each.name,
                    scope=each.scope,
                    value=each.values[number],
                    place=each.places[number],
                )
                for each in definition.lasting or ()
            )
            if shared:
                yield f"{own}[{parameters}]", shared


def _undefined(
    path: str,
    definitions: tuple[Definition, ...],
    functions: Collection[str],
    sources: Sources,
) -> Iterator[str]:
    """Yield tests that parsing does not see and that there are all the same."""
    opened = set(_open_classes(path, definitions))
    for node_id in sources.known:
        if SEPARATOR not in node_id or function_of(node_id) in functions:
            continue
        if node_id in sources.collected or not opened.isdisjoint(ancestors_of(node_id)):
            yield node_id


def _open_classes(owner: str, items: Iterable[Definition]) -> Iterator[str]:
    for item in items:
        own = owner + SEPARATOR + item.name
        if item.open:
            yield own
        yield from _open_classes(own, item.children)


def _is_certain(items: Iterable[Definition]) -> bool:
    return all(
        not item.open and _is_certain(item.children)
        if item.kind == "class"
        else item.parameters is not None and item.lasting is not None
        for item in items
    )


def _stays(node_id: str, functions: dict[str, Definition]) -> bool:
    """Tell whether a collected test runs where its file has it.

    Without parameters it has none by which pytest would move it.
    """
    function = function_of(node_id)
    if function == node_id:
        return True
    definition = functions.get(function)
    return (
        definition is not None
        and definition.parameters is not None
        and definition.lasting is not None
    )


def _documented(path: str, tests: tuple[str, ...]) -> int:
    """Return how many of the *tests* are doctests beside which there may be others."""
    if not path.endswith(".py"):
        return 0
    stem = path.rpartition("/")[2].removesuffix(".py")
    count = 0
    for node_id in tests:
        name = node_id[len(path) + len(SEPARATOR) :]
        if "[" in name or not ("." in name or (name == stem and not count)):
            break
        count += 1
    return count
