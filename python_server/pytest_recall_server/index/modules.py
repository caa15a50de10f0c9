"""What names mean across the files of one project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pytest_recall_server.index.fixtures import Layer, conftest_layers
from pytest_recall_server.index.outlines import Outlines
from pytest_recall_server.index.remembered import Needs, Remembered, Stamp
from pytest_recall_server.index.rules import Found
from pytest_recall_server.model.outline import Alias, Class, Function, Import, Module, SourceError

_MAX_HOPS = 10


class Modules:
    """Outlines of files, and what their names mean to each other.

    Paths are relative to *rootdir*.  Used by one thread at a time.
    """

    def __init__(
        self, rootdir: str, search: tuple[str, ...], remembered: Remembered | None = None
    ) -> None:
        self.outlines = Outlines(rootdir, remembered or Remembered())
        self._search = search
        """Folders that tests import from, besides a file's own."""
        self._conftests: dict[str, tuple[tuple[Layer, ...], Needs]] = {}

    def begin(self, stamps: Mapping[str, Stamp] = MappingProxyType({})) -> None:
        """Forget which files exist, except for *stamps*: a new round of look-ups begins."""
        self.outlines.begin(stamps)
        self._conftests.clear()

    def outline(self, path: str) -> tuple[Stamp, Module | SourceError] | None:
        """Return the outline of the file at *path*, or None where it cannot be read."""
        return self.outlines.outline(path)

    def module(self, path: str) -> Module | None:
        """Return the outline of the file at *path*, or None where there is none."""
        entry = self.outline(path)
        return entry[1] if entry is not None and isinstance(entry[1], Module) else None

    def file(self, path: str, module: str) -> str | None:
        """Return the path of a dotted *module* that the file at *path* imports."""
        return self._file(path, module, 0)

    def conftests(self, path: str) -> tuple[Layer, ...]:
        """Return the fixtures of the conftest files around the file at *path*, nearest first."""
        folder = os.path.dirname(path)
        known = self._conftests.get(folder)
        if known is None:
            with self.outlines.noting() as needs:
                layers = conftest_layers(self, f"{folder}/conftest.py" if folder else "conftest.py")
                if folder:
                    layers += self.conftests(folder)
            known = self._conftests[folder] = (layers, needs)
        self.outlines.note(known[1])
        return known[0]

    def module_name(self, path: str) -> str:
        """Return the dotted name that the file at *path* is imported by."""
        base = self._base(os.path.dirname(path))
        parts = os.path.relpath(path, base or ".").removesuffix(".py").split(os.sep)
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def find(self, path: str, name: str) -> Found | None:
        """Return what the dotted *name* means in the file at *path*."""
        return self._find(path, name, _MAX_HOPS)

    def origin(self, path: str, name: str) -> str:
        """Return the dotted *name* in the file at *path* as the module it comes from has it."""
        entry = self.outline(path)
        first, _, rest = name.partition(".")
        if entry is None or isinstance(entry[1], SourceError):
            return name
        member = entry[1].member(first)
        if not isinstance(member, Import):
            return name
        return ".".join(part for part in (member.module, member.attribute, rest) if part)

    def names(self, path: str, module: Module) -> Iterator[tuple[str, str]]:
        """Yield (path, name) for all that star imports bring into *module*."""
        for star in module.stars:
            target = self._file(path, star.module, star.level)
            entry = self.outline(target) if target and target != path else None
            if target and entry and isinstance(entry[1], Module):
                for member in entry[1].members:
                    if not member.name.startswith("_"):
                        yield target, member.name

    def _find(self, path: str, name: str, hops: int) -> Found | None:
        entry = self.outline(path) if hops else None
        if entry is None or isinstance(entry[1], SourceError):
            return None
        first, _, rest = name.partition(".")
        match entry[1].member(first):
            case Function() | Class() as member:
                return _descend(Found(path=path, member=member), rest)
            case Alias(target=target):
                again = f"{target}.{rest}" if rest else target
                return self._find(path, again, hops - 1) if target not in {"", first} else None
            case Import() as member:
                return self._imported(path, member, rest, hops - 1)
            case None:
                return self._starred(path, entry[1], name, hops - 1)

    def _starred(self, path: str, module: Module, name: str, hops: int) -> Found | None:
        first = name.partition(".")[0]
        for target, starred in self.names(path, module):
            if starred == first:
                return self._find(target, name, hops)
        return None

    def _imported(self, path: str, item: Import, rest: str, hops: int) -> Found | None:
        if item.attribute is None:
            return self._in_module(path, item.module, rest, hops)
        target = self._file(path, item.module, item.level)
        if target is not None:
            name = f"{item.attribute}.{rest}" if rest else item.attribute
            if found := self._find(target, name, hops):
                return found
        inner = f"{item.module}.{item.attribute}" if item.module else item.attribute
        target = self._file(path, inner, item.level)
        return self._find(target, rest, hops) if target and rest else None

    def _in_module(self, path: str, module: str, rest: str, hops: int) -> Found | None:
        """Find ``rest`` below the module, whose own name may go on in ``rest``."""
        parts = rest.split(".") if rest else []
        for count in range(len(parts)):
            target = self._file(path, ".".join([module, *parts[:count]]), 0)
            if target and (found := self._find(target, ".".join(parts[count:]), hops)):
                return found
        return None

    def _file(self, path: str, module: str, level: int) -> str | None:
        """Return the file of a module as imported from the file at *path*."""
        inside = module.replace(".", "/")
        folder = os.path.dirname(path)
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return self._existing(os.path.join(folder, inside) if inside else folder)
        for base in (self._base(folder), *self._search):
            if found := self._existing(os.path.join(base, inside)):
                return found
        return None

    def _base(self, folder: str) -> str:
        """Return the first folder upwards that is no package: pytest puts it on ``sys.path``."""
        while folder and self.outlines.exists(os.path.join(folder, "__init__.py")):
            folder = os.path.dirname(folder)
        return folder

    def _existing(self, stem: str) -> str | None:
        for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
            relative = os.path.normpath(path).replace(os.sep, "/")
            if self.outlines.exists(relative):
                return relative
        return None


def _descend(found: Found, rest: str) -> Found | None:
    for name in rest.split(".") if rest else ():
        if not isinstance(found.member, Class):
            return None
        members = {member.name: member for member in found.member.members}
        inner = members.get(name)
        if not isinstance(inner, Function | Class):
            return None
        found = Found(path=found.path, member=inner)
    return found
