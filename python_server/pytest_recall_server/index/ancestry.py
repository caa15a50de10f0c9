"""A class with its bases, wherever they are defined, and what pytest takes it for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pytest_recall_server.index.fixtures import Files, Layer, layer_of
from pytest_recall_server.index.marks import together
from pytest_recall_server.index.rules import Found
from pytest_recall_server.model.outline import Class, Function, Marks, Member

_UNITTEST_CASES = {"TestCase", "IsolatedAsyncioTestCase"}
_PLAIN_BASES = {"object", "Generic", "Protocol", "ABC"}
# Bases from elsewhere whose constructors keep pytest from collecting a class.
_CONSTRUCTING_BASES = {
    *("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "NamedTuple", "TypedDict"),
    *("Exception", "BaseException", "Thread", "Process", "BaseModel"),
    *("dict", "list", "tuple", "set", "str", "bytes", "int", "float"),
    *("UserDict", "UserList", "NodeVisitor", "SimpleNamespace"),
}
MAX_DEPTH = 20


class Finds(Files, Protocol):
    """Finds what names mean across the files of a project."""

    def origin(self, path: str, name: str) -> str:
        """Return the dotted *name* in the file at *path* as the module it comes from has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ancestry:
    """A class with all its bases, in method resolution order."""

    chain: tuple[Found, ...]
    unittest: bool
    constructor: bool
    open: bool
    abc: bool

    @property
    def marked(self) -> bool | None:
        """What the class, or the nearest base that does, says by ``__test__``."""
        for found in self.chain:
            if isinstance(found.member, Class) and found.member.marked is not None:
                return found.member.marked
        return None

    @property
    def is_abstract(self) -> bool:
        """Whether there can be no instance."""
        if not self.abc:
            return False
        seen: dict[str, bool] = {}
        for found in self.chain:
            for member in members_of(found):
                seen.setdefault(member.name, isinstance(member, Function) and member.abstract)
        return any(seen.values())

    def gives(self) -> tuple[Marks, Layer]:
        """Return the marks and fixtures of the class with its bases, which come first."""
        members = (each.member for each in reversed(self.chain))
        classes = [member for member in members if isinstance(member, Class)]
        layer = layer_of([member for each in classes for member in each.members])
        marks = together(each.marks for each in classes)
        return marks.uncertain() if self.open else marks, layer


def ancestry_of(found: Found, finds: Finds) -> Ancestry:
    """Return the class *found* with all its bases."""
    chain: list[Found] = []
    loose: set[str] = set()
    _climb(found, finds, chain, loose, 0)
    # A base that several classes share stands behind all of them.
    order = list(dict.fromkeys(reversed(chain)))[::-1]
    classes = [item.member for item in order if isinstance(item.member, Class)]
    last_words = {name.rpartition(".")[2] for name in loose}
    unittest = any(word.endswith("TestCase") for word in last_words)
    known = _UNITTEST_CASES | _PLAIN_BASES | _CONSTRUCTING_BASES
    return Ancestry(
        chain=tuple(order),
        unittest=unittest,
        constructor=any(item.constructor for item in classes)
        or bool(last_words & _CONSTRUCTING_BASES)
        or any(word.endswith(("Error", "Exception")) for word in last_words),
        open=bool(last_words - known),
        abc=any(item.abc for item in classes) or "ABC" in last_words,
    )


def _climb(found: Found, finds: Finds, chain: list[Found], loose: set[str], depth: int) -> None:
    chain.append(found)
    if not isinstance(found.member, Class) or depth > MAX_DEPTH:
        return
    for base in found.member.bases:
        target = finds.find(found.path, base) if base else None
        if target is not None and isinstance(target.member, Class) and target != found:
            _climb(target, finds, chain, loose, depth + 1)
        else:
            loose.add(finds.origin(found.path, base) if base else "?")


def members_of(found: Found) -> tuple[Member, ...]:
    """Return what a class defines itself; a function defines nothing."""
    return found.member.members if isinstance(found.member, Class) else ()
