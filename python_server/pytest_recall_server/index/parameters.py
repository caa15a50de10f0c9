"""The ids that ``parametrize`` gives, by pytest's rules, wherever the text makes them certain."""

from __future__ import annotations

import ast
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_recall_server.index.lasting import WITHOUT_HASH
from pytest_recall_server.index.scope import Scope, dotted
from pytest_recall_server.index.values import Text, elements_of, text_of, value_of
from pytest_recall_server.model.outline import Doubt, Parameters

_ARGUMENTS = ("argnames", "argvalues")
_OPTIONS = {"indirect", "ids", "scope"}
_MAX_IDS = 200_000
# What these give is no `pytest.param`, whatever it is.
_PLAIN = (
    *(ast.Constant, ast.JoinedStr, ast.Lambda, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare),
    *(ast.List, ast.Tuple, ast.Dict, ast.Set),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_FUNCTIONS: dict[str, Callable[[object], str]] = {"builtins.str": str, "builtins.repr": repr}


@dataclass(frozen=True, slots=True)
class _Names:
    names: tuple[str, ...]
    bare: bool
    """Each value of the only argument stands for itself, and not in a tuple of one."""


@dataclass(frozen=True, slots=True)
class _Set:
    values: Sequence[ast.expr]
    id: Text | None = None
    """Its own, of ``pytest.param(..., id=...)``."""


class _UncertainError(Exception):
    """The text does not tell."""


def parameters_of(call: ast.Call, scope: Scope) -> Parameters | None:
    """Return what a call of ``pytest.mark.parametrize`` gives, or None where it is not certain."""
    try:
        return _parameters_of(_given(call), scope)
    except _UncertainError:
        return None


def _parameters_of(given: Mapping[str, ast.expr], scope: Scope) -> Parameters:
    names = _names(given["argnames"])
    sets = [_set(node, names, scope) for node in _sure(elements_of(given["argvalues"], scope))]
    if not sets or not names.names:
        # What an empty list of sets gives differs between versions of pytest.
        raise _UncertainError
    doubts: set[Doubt] = set()
    ids = list(_ids(names.names, sets, given.get("ids"), scope, doubts))
    if len(set(ids)) != len(ids):
        doubts.add("doubled")
        _number_equal(ids)
    if "ids" in given and ("doubled" in doubts or any("\\" in each for each in ids)):
        doubts.add("shared")
    indirect = _indirect(given.get("indirect"), names.names)
    lives = _scope(given.get("scope"))
    lasts = lives not in {"", "function"} or (not lives and set(indirect) == set(names.names))
    return Parameters(
        names=names.names,
        ids=tuple(ids),
        indirect=indirect,
        doubts=tuple(sorted(doubts)),
        scope=lives,
        values=tuple(tuple(map(_key, each.values)) for each in sets) if lasts else (),
    )


def _scope(node: ast.expr | None) -> str:
    match node:
        case None | ast.Constant(value=None):
            return ""
        case ast.Constant(value=str(scope)):
            return scope
        case _:
            return "?"


def _key(node: ast.expr) -> str:
    """Return a text that is equal where pytest takes the values for one, if it is known."""
    try:
        value = ast.literal_eval(node)
        hash(value)
    except TypeError:
        return WITHOUT_HASH
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return ""
    return f"{type(value).__name__} {value!r}"


def stacked(marks: Iterable[Parameters]) -> tuple[str, ...] | None:
    """Return the ids of all combinations, the first mark's changing slowest; None: too many."""
    ids: tuple[str, ...] | None = None
    for mark in marks:
        if ids is None:
            ids = mark.ids
        elif len(ids) * len(mark.ids) > _MAX_IDS:
            return None
        else:
            ids = tuple(f"{one}-{two}" for one, two in itertools.product(ids, mark.ids))
    return ids or ()


def _sure(elements: Sequence[ast.expr] | None) -> Sequence[ast.expr]:
    if elements is None:
        raise _UncertainError
    return elements


def _given(call: ast.Call) -> dict[str, ast.expr]:
    """Return the arguments of the call by name."""
    given = dict(zip(_ARGUMENTS, call.args, strict=False))
    if len(call.args) > len(_ARGUMENTS) or any(isinstance(each, ast.Starred) for each in call.args):
        raise _UncertainError
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in given:
            raise _UncertainError
        given[keyword.arg] = keyword.value
    if not set(_ARGUMENTS) <= given.keys() <= {*_ARGUMENTS, *_OPTIONS}:
        raise _UncertainError
    return given


def _names(node: ast.expr) -> _Names:
    match node:
        case ast.Constant(value=str(text)) if not text.rstrip().endswith(","):
            names = tuple(name.strip() for name in text.split(",") if name.strip())
            return _Names(names, bare=len(names) == 1)
        case ast.List() | ast.Tuple():
            return _Names(_literal_names(node), bare=False)
        case _:
            # A comma at the end of a text means something else in older versions of pytest.
            raise _UncertainError


def _literal_names(node: ast.expr) -> tuple[str, ...]:
    try:
        names = ast.literal_eval(node)
    except ValueError:
        raise _UncertainError from None
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise _UncertainError
    return tuple(names)


def _indirect(node: ast.expr | None, names: tuple[str, ...]) -> tuple[str, ...]:
    match node:
        case None | ast.Constant(value=False):
            return ()
        case ast.Constant(value=True):
            return names
        case ast.List() | ast.Tuple() if set(chosen := _literal_names(node)) <= set(names):
            return chosen
        case _:
            raise _UncertainError


def _set(node: ast.expr, names: _Names, scope: Scope) -> _Set:
    if isinstance(node, ast.Name) and (value := scope.value(node.id)) is not None:
        node = value
    if isinstance(node, ast.Call) and scope.origin(dotted(node.func)) == "pytest.param":
        found = _Set(node.args, _own_id(node.keywords))
        if any(isinstance(each, ast.Starred) for each in node.args):
            raise _UncertainError
    elif names.bare:
        if not isinstance(node, _PLAIN) and value_of(node, scope) is None:
            raise _UncertainError
        found = _Set([node])
    else:
        found = _Set(_sure(elements_of(node, scope)))
    if len(found.values) != len(names.names):
        # pytest does not collect this.
        raise _UncertainError
    return found


def _own_id(keywords: Iterable[ast.keyword]) -> Text | None:
    own = None
    for keyword in keywords:
        match keyword:
            case ast.keyword(arg="id", value=ast.Constant(value=str(text))):
                own = text_of(text)
            case ast.keyword(arg="marks") | ast.keyword(arg="id", value=ast.Constant(value=None)):
                pass
            case _:
                raise _UncertainError
    return own


def _ids(
    names: tuple[str, ...],
    sets: Sequence[_Set],
    wanted: ast.expr | None,
    scope: Scope,
    doubts: set[Doubt],
) -> Iterable[str]:
    """Yield the ids of *sets*, which may be equal; say in *doubts* what they depend on."""
    function = _FUNCTIONS.get(scope.origin(dotted(wanted))) if wanted is not None else None
    listed = [] if function is not None else _listed(wanted, scope)
    if listed and len(listed) != len(sets):
        raise _UncertainError
    for index, each in enumerate(sets):
        texts = [each.id or (listed[index] if listed else None)]
        if texts[0] is None and function is not None:
            texts = [text_of(function(_literal(value))) for value in each.values]
        elif texts[0] is None:
            doubts.add("generated")
            texts = [
                _made(value, f"{name}{index}", scope)
                for value, name in zip(each.values, names, strict=True)
            ]
        if any(text is not None and text.escaped for text in texts):
            doubts.add("escaped")
        yield "-".join(text.text for text in texts if text is not None)


def _made(node: ast.expr, otherwise: str, scope: Scope) -> Text:
    match value_of(node, scope):
        case None:
            raise _UncertainError
        case Text() as text:
            return text
        case _:
            return Text(otherwise)


def _listed(node: ast.expr | None, scope: Scope) -> list[Text | None]:
    """Return the ids of a literal list; None for those that pytest is to make."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return []
    return [_listed_id(each, scope) for each in _sure(elements_of(node, scope))]


def _listed_id(node: ast.expr, scope: Scope) -> Text | None:
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=str() | bytes() as text):
            return text_of(text)
        case _:
            value = value_of(node, scope)
            if not isinstance(value, Text):
                # pytest refuses an id without a name.
                raise _UncertainError
            return value


def _literal(node: ast.expr) -> object:
    try:
        if any(isinstance(inner, ast.Set) for inner in ast.walk(node)):
            # Its order is another in every process.
            raise _UncertainError
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        raise _UncertainError from None


def _number_equal(ids: list[str]) -> None:
    """Make *ids* different from each other, as pytest does."""
    counts, present, suffixes = Counter(ids), Counter(ids), defaultdict[str, int](int)
    for index, each in enumerate(ids):
        if counts[each] > 1:
            mark = "_" if each and each[-1].isdigit() else ""
            while present[new := f"{each}{mark}{suffixes[each]}"]:
                suffixes[each] += 1
            present[each] -= 1
            present[new] += 1
            ids[index] = new
            suffixes[each] += 1
