"""What names mean at one place of a module, as far as its own text tells."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence

from pytest_recall_server.model.outline import Alias, Class, Function, Import, Member

_BUILTINS = frozenset(dir(builtins))
_MAX_HOPS = 10


def dotted(node: ast.expr) -> str:
    """Return the dotted name that *node* is, or an empty text."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            owner = dotted(value)
            return f"{owner}.{attribute}" if owner else ""
        case _:
            return ""


class Scope:
    """The names that are bound so far in a module, and in the class bodies around a statement."""

    def __init__(
        self,
        layers: Sequence[Mapping[str, Member]],
        values: Sequence[Mapping[str, ast.expr | None]],
        *,
        starred: bool,
    ) -> None:
        """*layers* and *values* begin with the innermost namespace; *starred*: ``import *``."""
        self._layers = layers
        self._values = values
        self._starred = starred

    def _member(self, name: str) -> Member | None:
        for layer in self._layers:
            if name in layer:
                return layer[name]
        return None

    def value(self, name: str) -> ast.expr | None:
        """Return the expression that *name* was certainly bound to, if there is one."""
        for values in self._values:
            if name in values:
                return values[name]
        return None

    def origin(self, name: str) -> str:
        """Return where a dotted *name* comes from, as ``pytest.mark``; empty: it is not known."""
        return self._origin(name, _MAX_HOPS)

    def _origin(self, name: str, hops: int) -> str:
        first, dot, rest = name.partition(".")
        match self._member(first):
            case Import(level=0, module=module, attribute=attribute):
                whole = f"{module}.{attribute}" if attribute else module
                return whole + dot + rest
            case Alias(target=target) if target and hops and target != first:
                owner = self._origin(target, hops - 1)
                return owner + dot + rest if owner else ""
            case None if first in _BUILTINS and not self._starred:
                return f"builtins.{name}"
            case _:
                return ""

    def object_name(self, name: str) -> str | None:
        """Return the ``__name__`` of what a *name* without dots is bound to, if it is certain."""
        match self._member(name):
            case Class(marks=marks, name=own) if marks.certain:
                return own
            case Function(marks=marks, name=own, callable=True) if marks.certain:
                return own
            case _:
                return None
