"""The names of one module or class body while it is read."""

from __future__ import annotations

import ast
from dataclasses import replace

from pytest_recall_server.index.marks import UNCERTAIN, together
from pytest_recall_server.index.scope import Scope
from pytest_recall_server.model.outline import Class, Function, Marks, Member, Star


class Namespace:
    """The members of a module or class body, in the order their names first appeared."""

    def __init__(self, outer: Namespace | None = None, name: str = "") -> None:
        self.members: dict[str, Member] = {}
        self.values: dict[str, ast.expr | None] = {}
        """What names were last bound to; None: another kind of statement did it, or one of many."""
        self.stars: list[Star] = []
        self.marked: bool | None = None
        self.flags: dict[str, bool] = {}
        self.own_marks: list[Marks] = []
        self.plugins: tuple[str, ...] = ()
        self.depth = 0
        """How many `if`, `try` and the like are around the statement that is read."""
        self.name = name
        """The dotted name of the class, empty for the module."""
        # A class body sees the module's names, but not those of a class around it.
        self._around = [self, *([outer] if outer else ())]

    def scope(self) -> Scope:
        """Return what names mean here and now."""
        return Scope(
            [each.members for each in self._around],
            [each.values for each in self._around],
            starred=any(each.stars for each in self._around),
        )

    def bind(self, member: Member, value: ast.expr | None = None) -> None:
        """Take note of what a name now stands for."""
        if member.name in self.members and self.depth and isinstance(member, Function | Class):
            # One of several definitions counts, and their marks may be different.
            member = replace(member, marks=member.marks.uncertain())
        self.members[member.name] = member
        self.values[member.name] = None if self.depth else value

    def qualified(self, name: str) -> str:
        """Return a dotted *name* as it is found from the module."""
        inner = self.name and name.partition(".")[0] in self.members
        return f"{self.name}.{name}" if inner else name

    def unbind(self, name: str) -> None:
        """Take note that a name was deleted."""
        self.members.pop(name, None)
        self.values.pop(name, None)

    def changed(self, node: ast.stmt) -> None:
        """Take note of a statement that may change what names stand for."""
        match node:
            case ast.AugAssign(target=ast.Name(id="pytestmark")):
                self.mark(UNCERTAIN)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="pytestmark")))):
                self.mark(UNCERTAIN)
            case ast.AugAssign(target=target):
                self.rebound(target)
            case ast.Assign(targets=targets):
                for each in targets:
                    self.rebound(each)
            case _:
                pass

    def rebound(self, target: ast.expr) -> None:
        """Take note that all names in *target* now have values that nobody knows."""
        for each in ast.walk(target):
            if isinstance(each, ast.Name):
                self.values[each.id] = None

    def mark(self, marks: Marks) -> None:
        """Take note of ``pytestmark``; what is assigned in one of many places is not certain."""
        once = not self.depth and not self.own_marks
        self.own_marks.append(marks if once or marks.plain else marks.uncertain())

    def marks(self) -> Marks:
        """Return the marks of ``pytestmark``."""
        whole = together(self.own_marks)
        return whole if len(self.own_marks) == 1 or whole.plain else whole.uncertain()

    def finished(self) -> tuple[Member, ...]:
        """Return the members."""
        return tuple(self._flagged(member) for member in self.members.values())

    def _flagged(self, member: Member) -> Member:
        flag = self.flags.get(member.name)
        if flag is not None and isinstance(member, Function | Class):
            return replace(member, marked=flag)
        return member
