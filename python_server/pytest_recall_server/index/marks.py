"""What decorators and ``pytestmark`` mean for the ids of tests, and which marks they are."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pytest_recall_server.index.parameters import parameters_of
from pytest_recall_server.index.scope import Scope, dotted
from pytest_recall_server.model.outline import UNMARKED, Fixture, Marks

_MARK = "pytest.mark."
_HARMLESS = {"builtins.staticmethod", "builtins.classmethod", "builtins.property"}
# Marks of well-known plugins that give parameters.
_GENERATING = {"anyio", "repeat", "parametrize_from_file"}
_MAX_HOPS = 5
UNCERTAIN = Marks(certain=False)


def marks_of(decorators: Sequence[ast.expr], scope: Scope) -> Marks:
    """Return the marks that *decorators* put on a function or class, the innermost first."""
    if not decorators:
        return UNMARKED
    return together(_mark(node, scope) for node in reversed(decorators))


def assigned_marks(value: ast.expr, scope: Scope) -> Marks:
    """Return the marks that ``pytestmark = ...`` gives."""
    match value:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return together(_mark(node, scope) for node in elements)
        case _:
            return _mark(value, scope)


def together(found: Iterable[Marks]) -> Marks:
    """Return several marks as one."""
    whole = UNMARKED
    for marks in found:
        if marks is UNMARKED:
            continue
        whole = Marks(
            parameters=(*whole.parameters, *marks.parameters),
            fixtures=(*whole.fixtures, *marks.fixtures),
            certain=whole.certain and marks.certain,
            names=tuple(dict.fromkeys((*whole.names, *marks.names))),
        )
    return whole


def _mark(node: ast.expr, scope: Scope, hops: int = _MAX_HOPS) -> Marks:
    if isinstance(node, ast.Name) and hops and (value := scope.value(node.id)) is not None:
        # `slow = pytest.mark.skipif(...)`
        found = _mark(value, scope, hops - 1)
        shared = any("shared" in each.doubts for each in found.parameters)
        return found.uncertain() if shared else found
    called = node.func if isinstance(node, ast.Call) else node
    origin = scope.origin(dotted(called))
    if origin in _HARMLESS:
        return UNMARKED
    name = origin.removeprefix(_MARK)
    if name == origin:
        return UNCERTAIN
    return replace(_meaning(name, node, scope), names=(name,))


def _meaning(name: str, node: ast.expr, scope: Scope) -> Marks:
    """Return what the mark *name* means for the ids of tests."""
    if name in _GENERATING:
        return UNCERTAIN
    if name not in {"parametrize", "usefixtures"}:
        return UNMARKED
    if not isinstance(node, ast.Call):
        return UNCERTAIN
    return _parametrize(node, scope) if name == "parametrize" else _use_fixtures(node)


def _parametrize(node: ast.Call, scope: Scope) -> Marks:
    found = parameters_of(node, scope)
    return UNCERTAIN if found is None else Marks(parameters=(found,))


def _use_fixtures(node: ast.Call) -> Marks:
    names = [_text(argument) for argument in node.args]
    return UNCERTAIN if None in names else Marks(fixtures=tuple(filter(None, names)))


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def fixture_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Fixture | None:
    """Return what makes a function a fixture: any decorator that is called so."""
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if dotted(called).rpartition(".")[2] not in {"fixture", "yield_fixture"}:
            continue
        found = Fixture(name=node.name, params=False, autouse=False)
        if not isinstance(decorator, ast.Call):
            return found
        for keyword in decorator.keywords:
            found = _with_option(found, keyword)
        # `scope` and, long ago, `params` were given by position.
        if decorator.args:
            found = replace(found, scope="?")
        return replace(found, params=found.params or len(decorator.args) > 1)
    return None


def _with_option(fixture: Fixture, keyword: ast.keyword) -> Fixture:
    constant = keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
    match keyword.arg:
        case "name":
            name = constant if isinstance(constant, str) else fixture.name
            return replace(fixture, name="" if constant is ... else name)
        case "params":
            return replace(fixture, params=constant is not None)
        case "autouse":
            return replace(fixture, autouse=constant is not False)
        case "scope":
            return replace(fixture, scope=constant if isinstance(constant, str) else "?")
        case None:
            return replace(fixture, name="", params=True, autouse=True, scope="?")
        case _:
            return fixture


def arguments_of(spec: ast.arguments) -> tuple[str, ...]:
    """Return the names of the arguments without a default, as pytest sees a plain function's."""
    both = [*spec.posonlyargs, *spec.args]
    required = both[: len(both) - len(spec.defaults)]
    names = [each.arg for each in required if each not in spec.posonlyargs]
    keywords = zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    return (*names, *(each.arg for each, default in keywords if default is None))
