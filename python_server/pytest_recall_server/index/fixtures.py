"""Whether fixtures give a test parameters, by pytest's rules (``_pytest/fixtures.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pytest_recall_server.index.lasting import lasting_of
from pytest_recall_server.index.parameters import stacked
from pytest_recall_server.index.rules import Found, Rules
from pytest_recall_server.model.outline import (
    Alias,
    Class,
    Function,
    Import,
    Lasting,
    Marks,
    Member,
    Module,
    Parameters,
    Span,
)

# pytest's own; none of them has parameters.
_BUILTIN = frozenset(
    (
        *("cache", "capfd", "capfdbinary", "caplog", "capsys", "capsysbinary", "capteesys"),
        *("doctest_namespace", "monkeypatch", "pytestconfig", "pytester", "recwarn", "request"),
        *("record_property", "record_testsuite_property", "record_xml_attribute", "subtests"),
        *("testdir", "tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory"),
    )
)
_MAX_PLUGINS = 20
# The marks of a function outside of classes: its own and its module's.
_ALONE = 2


class Files(Protocol):
    """Finds modules and what their names mean, across a project."""

    def module(self, path: str) -> Module | None:
        """Return the outline of the file at *path*, or None where there is none."""

    def file(self, path: str, module: str) -> str | None:
        """Return the path of a dotted *module* that the file at *path* imports."""

    def find(self, path: str, name: str) -> Found | None:
        """Return what the dotted *name* means in the file at *path*."""

    def names(self, path: str, module: Module) -> Iterator[tuple[str, str]]:
        """Yield (path, name) for all that star imports bring into *module*."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The fixtures that one class, module or conftest file gives."""

    fixtures: dict[str, Function]
    autouse: tuple[str, ...] = ()
    certain: bool = True
    """False: it has fixtures with computed names, or makes parameters by a hook."""
    naming: bool = False
    """It has a hook that makes ids of values."""
    elsewhere: frozenset[str] = frozenset()
    """Names that come from modules that are not in the project, or from calls."""


EMPTY = Layer({})
_UNKNOWN = Function(name="", span=Span(line=0, column=0, end_line=0, end_column=0))
"""Stands for what may be a fixture."""


def layer_of(members: Iterable[Member]) -> Layer:
    """Return what *members*, of a class or module, give."""
    fixtures: dict[str, Function] = {}
    autouse = []
    certain, naming = True, False
    for member in members:
        if member.name == "pytest_generate_tests":
            certain = False
        elif member.name == "pytest_make_parametrize_id":
            naming = True
        if isinstance(member, Function) and (fixture := member.fixture) is not None:
            certain = certain and bool(fixture.name)
            fixtures[fixture.name] = member
            if fixture.autouse:
                autouse.append(fixture.name)
    if certain and not fixtures and not naming:
        return EMPTY
    return Layer(fixtures, tuple(autouse), certain, naming)


def conftest_layers(files: Files, path: str) -> tuple[Layer, ...]:
    """Return what the plugin module at *path* gives, and those that it names in its turn."""
    layers: list[Layer] = []
    _collect_plugins(files, path, layers, set())
    return tuple(layers)


def _collect_plugins(files: Files, path: str, layers: list[Layer], seen: set[str]) -> None:
    module = files.module(path)
    if module is None or path in seen or len(seen) > _MAX_PLUGINS:
        return
    seen.add(path)
    layers.append(_plugin_layer(files, path, module))
    layers += plugin_layers(files, path, module.plugins, seen)


def plugin_layers(
    files: Files, path: str, plugins: Iterable[str], seen: set[str] | None = None
) -> list[Layer]:
    """Return what the *plugins* that the file at *path* names give, as far as they are found."""
    layers: list[Layer] = []
    for name in plugins:
        if not name:
            layers.append(replace(EMPTY, certain=False))
        elif (target := files.file(path, name)) is not None:
            _collect_plugins(files, target, layers, set() if seen is None else seen)
    return layers


def _plugin_layer(files: Files, path: str, module: Module) -> Layer:
    """Return what a module gives together with all that it imports."""
    own: list[Member] = []
    elsewhere = set()
    starred = [
        found for origin, name in files.names(path, module) if (found := files.find(origin, name))
    ]
    own += [found.member for found in starred]
    for member in module.members:
        if isinstance(member, Function | Class):
            own.append(member)
        elif (found := files.find(path, member.name)) is not None:
            own.append(found.member)
        else:
            elsewhere.add(member.name)
    layer = layer_of(own)
    naming = layer.naming or "pytest_make_parametrize_id" in elsewhere
    certain = layer.certain and "pytest_generate_tests" not in elsewhere
    return replace(layer, elsewhere=frozenset(elsewhere), naming=naming, certain=certain)


class Surroundings:
    """The fixtures that the tests of one file may use."""

    def __init__(
        self, files: Files, path: str, module: Module, rules: Rules, around: Sequence[Layer]
    ) -> None:
        """*around*: those of the conftest files, the nearest first."""
        self._files = files
        self._path = path
        self._module = module
        self._rules = rules
        own = [
            found.member
            for at, name in files.names(path, module)
            if (found := files.find(at, name))
        ]
        plugins = plugin_layers(files, path, (*module.plugins, *rules.plugins))
        self._layers = (layer_of([*own, *module.members]), *around, *plugins)
        self._certain = all(layer.certain for layer in self._layers)
        self._naming = any(layer.naming for layer in self._layers)
        self._autouse = tuple(name for layer in self._layers for name in layer.autouse)
        self._known: dict[str, tuple[str, ...] | None] = {}

    def parameters(
        self, function: Function, marks: Sequence[Marks], classes: Sequence[Layer]
    ) -> tuple[str, ...] | None:
        """Return the ids of a test's parameters, or None where they are not certain.

        *marks*: those of the function, its classes and its module, in this order; *classes*:
        the fixtures of its classes, the nearest first.
        """
        certain = all(mark.certain for mark in marks) and all(each.certain for each in classes)
        if not self._certain or not certain:
            return None
        parameters = [each for mark in marks for each in mark.parameters]
        given = [name for each in parameters for name in each.names]
        shared = parameters if len(marks) > _ALONE else parameters[len(marks[0].parameters) :]
        if any("shared" in each.doubts for each in shared):
            return None
        if len(set(given)) != len(given) or any(map(self._doubted, parameters)):
            return None
        direct = set(given).difference(*(each.indirect for each in parameters))
        closure = self._closure(self._first(function, marks, classes), given, direct, classes)
        if closure is None or not closure.issuperset(given):
            return None
        return stacked(parameters)

    def lasting(
        self, marks: Sequence[Marks], classes: Sequence[Layer]
    ) -> tuple[Lasting, ...] | None:
        """Return which of a test's certain parameters live longer than the test; see `parameters`.

        None: parsing is not certain.
        """
        parameters = [each for mark in marks for each in mark.parameters]
        if not any(each.values for each in parameters):
            return ()
        return lasting_of(parameters, [self._scope_of(each, classes) for each in parameters])

    def _scope_of(self, parameters: Parameters, classes: Sequence[Layer]) -> str:
        """Return how long the values of a mark live: what it says, or the briefest fixture's."""
        if parameters.scope:
            return parameters.scope
        if set(parameters.indirect) != set(parameters.names):
            return "function"
        scopes = {self._fixture_scope(name, classes) for name in parameters.names}
        return "function" if "function" in scopes else scopes.pop() if len(scopes) == 1 else "?"

    def _fixture_scope(self, name: str, classes: Sequence[Layer]) -> str:
        for layer in (*classes, *self._layers):
            found = layer.fixtures.get(name)
            if found is None and layer is self._layers[0]:
                found = self._imported(name)
            if found is not None:
                return found.fixture.scope if found.fixture is not None else "?"
            if name in layer.elsewhere:
                return "?"
        return "?"

    def _doubted(self, parameters: Parameters) -> bool:
        doubts = parameters.doubts
        return (
            ("generated" in doubts and self._naming)
            or ("escaped" in doubts and not self._rules.escaped)
            or ("doubled" in doubts and self._rules.strict_ids)
        )

    def _first(
        self, function: Function, marks: Sequence[Marks], classes: Sequence[Layer]
    ) -> list[str]:
        used = (name for mark in marks for name in mark.fixtures)
        autouse = (name for layer in classes for name in layer.autouse)
        return [*function.arguments, *used, *autouse, *self._autouse, *self._rules.fixtures]

    def _closure(
        self, wanted: list[str], given: Sequence[str], direct: set[str], classes: Sequence[Layer]
    ) -> set[str] | None:
        """Return all fixtures that *wanted* ask for; None: one has parameters or is not known."""
        closure: set[str] = set()
        while wanted:
            name = wanted.pop()
            if name in closure:
                continue
            closure.add(name)
            if name in direct:
                continue
            asked = self._asked(name, classes, given=name in given)
            if asked is None:
                return None
            wanted += asked
        return closure

    def _asked(self, name: str, classes: Sequence[Layer], *, given: bool) -> tuple[str, ...] | None:
        """Return what the fixture *name* asks for; None: it has parameters or is not known."""
        if given or any(name in layer.fixtures for layer in classes):
            return self._resolved(name, classes, given=given)
        if name not in self._known:
            self._known[name] = self._resolved(name, (), given=False)
        return self._known[name]

    def _resolved(
        self, name: str, classes: Sequence[Layer], *, given: bool
    ) -> tuple[str, ...] | None:
        asked: list[str] = []
        for layer in (*classes, *self._layers):
            found = layer.fixtures.get(name)
            if found is None and layer is self._layers[0]:
                found = self._imported(name)
            if found is None:
                if name in layer.elsewhere:
                    return None
                continue
            if found.fixture is None or (found.fixture.params and not given):
                return None
            asked += found.arguments
            if name not in found.arguments:
                return tuple(each for each in asked if each != name)
            # It overrides another one of the same name, and asks for that.
        return tuple(each for each in asked if each != name) if name in _BUILTIN else None

    def _imported(self, name: str) -> Function | None:
        """Return the fixture that the module itself imports as *name*."""
        member = self._module.member(name)
        if not isinstance(member, Import | Alias):
            return None
        found = self._files.find(self._path, name)
        if found is None:
            return _UNKNOWN if isinstance(member, Import) or not member.target else None
        return found.member if isinstance(found.member, Function) and found.member.fixture else None
