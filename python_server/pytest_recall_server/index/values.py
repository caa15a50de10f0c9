"""Which part of a test's id a value gives, by pytest's rules (``_pytest/python.py``, ``IdMaker``).

Only what every pytest from 8.0 on agrees about is certain.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass

from pytest_recall_server.index.scope import Scope, dotted

# Longer texts give other ids since pytest 9.2.
_MAX_TEXT = 100
_MAX_NUMBER = 1 << 64
_MAX_POWER = 64
_MAX_BASE = 1 << 10
_MAX_VALUES = 100_000
_MAX_HOPS = 5

# What calls of these return has no name: its id is made from the argument's.
_NAMELESS = {
    *("builtins.object", "builtins.dict", "builtins.list", "builtins.set", "builtins.tuple"),
    *("builtins.frozenset", "builtins.range", "builtins.bytearray"),
    *("decimal.Decimal", "fractions.Fraction", "uuid.UUID"),
    *("datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta"),
    *("pathlib.Path", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath"),
}
_CLASSES = {
    *("object", "dict", "list", "set", "tuple", "frozenset", "range", "bytearray"),
    *("int", "float", "complex", "bool", "str", "bytes", "type", "len", "repr"),
}
_DISPLAYS = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_FOLDED: dict[type[ast.operator], Callable[[complex, complex], complex]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}

_CONTROL = {code: f"\\x{code:02x}" for code in range(128) if code not in range(32, 127)}
_CONTROL.update({ord("\t"): "\\t", ord("\r"): "\\r", ord("\n"): "\\n"})


@dataclass(frozen=True, slots=True)
class Text:
    """What a value says in an id."""

    text: str
    escaped: bool = False
    """Escapes were needed, which an option may switch off."""


@dataclass(frozen=True, slots=True)
class Nameless:
    """A value that says nothing: the argument and the index of the set stand in the id."""


NAMELESS = Nameless()
Value = Text | Nameless
_Number = int | float | complex


def text_of(value: object) -> Text:
    """Return what a literal value says in an id."""
    if not isinstance(value, str | bytes):
        return Text(str(value))
    if isinstance(value, bytes):
        plain = value.decode("ascii", "backslashreplace")
        return Text(plain.translate(_CONTROL), escaped=True)
    text = value.encode("unicode_escape").decode("ascii").translate(_CONTROL)
    return Text(text, escaped=text != value)


def value_of(node: ast.expr, scope: Scope, hops: int = _MAX_HOPS) -> Value | None:
    """Return what the value of *node* says in an id made from it, or None where it is not known."""
    match node:
        case ast.Constant(value=value):
            return _constant(value)
        case ast.UnaryOp() | ast.BinOp() if (number := _number(node)) is not None:
            return Text(str(number))
        case ast.Lambda():
            return Text("<lambda>")
        case ast.Name(id=name):
            return _named(name, scope, hops)
        case _:
            return NAMELESS if _is_nameless(node, scope) else None


def _is_nameless(node: ast.expr, scope: Scope) -> bool:
    """Tell whether the value of *node* certainly has no name, and is no text or number."""
    if isinstance(node, ast.Call):
        return scope.origin(dotted(node.func)) in _NAMELESS
    return isinstance(node, _DISPLAYS)


def _constant(value: object) -> Value | None:
    if isinstance(value, str | bytes) and len(value) > _MAX_TEXT:
        return None
    return NAMELESS if value is ... else text_of(value)


def _named(name: str, scope: Scope, hops: int) -> Value | None:
    if (value := scope.value(name)) is not None:
        return value_of(value, scope, hops - 1) if hops else None
    if (own := scope.object_name(name)) is not None:
        return Text(own)
    owner, _, builtin = scope.origin(name).partition(".")
    return Text(builtin) if owner == "builtins" and builtin in _CLASSES else None


def _number(node: ast.expr) -> _Number | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() | complex() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            known = _number(operand)
            return None if known is None else -known
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _number(operand)
        case ast.BinOp(left=left, op=operation, right=right):
            return _folded(_number(left), operation, _number(right))
        case _:
            return None


def _folded(left: complex | None, operation: ast.operator, right: complex | None) -> complex | None:
    if left is None or right is None:
        return None
    if isinstance(operation, ast.Pow) and isinstance(left, int) and isinstance(right, int):
        return left**right if 0 <= right <= _MAX_POWER and abs(left) <= _MAX_BASE else None
    if max(abs(left), abs(right)) > _MAX_NUMBER or type(operation) not in _FOLDED:
        return None
    return _FOLDED[type(operation)](left, right)


def elements_of(node: ast.expr, scope: Scope, hops: int = _MAX_HOPS) -> list[ast.expr] | None:
    """Return the elements of a list or tuple, or None where they are not known."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return None if any(isinstance(each, ast.Starred) for each in elements) else elements
        case ast.BinOp(left=left, op=ast.Add(), right=right) if type(left) is type(right):
            first, second = elements_of(left, scope, hops), elements_of(right, scope, hops)
            return None if first is None or second is None else first + second
        case ast.Call(func=ast.Name(id="range"), args=arguments, keywords=[]):
            return _range(arguments) if scope.origin("range") == "builtins.range" else None
        case ast.Name(id=name) if hops:
            # What a list holds may have changed since; a tuple holds what it held.
            value = scope.value(name)
            return elements_of(value, scope, hops - 1) if isinstance(value, ast.Tuple) else None
        case _:
            return None


def _range(arguments: list[ast.expr]) -> list[ast.expr] | None:
    bounds = [number for each in arguments if isinstance(number := _number(each), int)]
    if len(bounds) != len(arguments) or len(bounds) not in {1, 2, 3} or bounds[2:] == [0]:
        return None
    values = range(*bounds)
    if max(map(abs, bounds)) > _MAX_NUMBER or len(values) > _MAX_VALUES:
        return None
    return [ast.Constant(value=value) for value in values]
