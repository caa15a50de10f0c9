"""What conftest files say is not to be collected, and the patterns of file names."""

from __future__ import annotations

import ast
import fnmatch
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pytest_recall_server.index.syntax import tree_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """What the nearest conftest files say is not to be collected."""

    paths: frozenset[str] = frozenset()
    globs: tuple[str, ...] = ()


def matches(pattern: str, path: str) -> bool:
    """Match as pytest's ``fnmatch_ex``: the name, or the whole path if the pattern has parts."""
    pattern = pattern.replace("/", os.sep)
    if os.sep not in pattern:
        return fnmatch.fnmatch(os.path.basename(path), pattern)
    if not os.path.isabs(pattern):
        pattern = f"*{os.sep}{pattern}"
    return fnmatch.fnmatch(path, pattern)


def is_ignored(path: str, ignored: Ignored) -> bool:
    """Tell whether what *ignored* says holds for *path*."""
    return path in ignored.paths or any(fnmatch.fnmatch(path, glob) for glob in ignored.globs)


def ignored_at(folder: str, ignored: Ignored) -> Ignored:
    """Return what holds below *folder*: the nearest conftest that says something decides."""
    try:
        with open(os.path.join(folder, "conftest.py"), "rb") as file:
            source = file.read()
    except OSError:
        return ignored
    if b"collect_ignore" not in source:
        return ignored
    found = dict(_literal_lists(source))
    paths, globs = found.get("collect_ignore"), found.get("collect_ignore_glob")
    if paths is not None:
        joined = (os.path.normpath(os.path.join(folder, path)) for path in paths)
        ignored = replace(ignored, paths=frozenset(joined))
    if globs is not None:
        ignored = replace(ignored, globs=tuple(os.path.join(folder, glob) for glob in globs))
    return ignored


def _literal_lists(source: bytes) -> Iterable[tuple[str, list[str]]]:
    try:
        tree = tree_of(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name in {"collect_ignore", "collect_ignore_glob"}:
                try:
                    items = ast.literal_eval(value)
                except (ValueError, TypeError):
                    continue
                if isinstance(items, list | tuple):
                    yield name, [item for item in items if isinstance(item, str)]
            case _:
                pass
