"""Find all roots of a workspace: those of its folders, and those that lie in them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from pytest_recall_server.index.config import (
    Config,
    is_in,
    is_rootdir,
    outermost,
    read_config,
    shared,
)
from pytest_recall_server.index.walk import nested_roots


def find_roots(folders: Iterable[str], environment: Mapping[str, str]) -> dict[str, Config]:
    """Return the roots that *folders* and the folders below them have: rootdir → root.

    A folder below one of *folders* is a root where ``pytest FOLDER`` finds its rootdir there.
    """
    search = _Search(environment)
    waiting = [read_config(folder, environment) for folder in folders]
    for config in waiting:
        # Folders of one project share its root; pytest is invoked in the first one.
        search.add(config)
    for config in waiting:
        waiting += search.below(config)
    return search.roots()


def bring_or_take_roots(paths: Iterable[str], roots: Mapping[str, Config]) -> bool:
    """Tell whether folders at *paths*, which appeared or went, change which *roots* there are.

    They are told as themselves: their files have no event of their own.  Blocking.
    """
    return any(_brings_or_takes(path, roots) for path in paths)


def _brings_or_takes(path: str, roots: Mapping[str, Config]) -> bool:
    inside = [root for root in roots if is_in(root, path)]
    if any(not os.path.isdir(root) for root in inside):
        return True
    # A root of several folders has tests in all of them.
    around = [
        (base, config)
        for config in roots.values()
        for base in (config.folder, *config.starts)
        if is_in(path, base)
    ]
    if not around or not os.path.isdir(path):
        return False
    base, owner = max(around, key=lambda each: len(each[0]))
    found = nested_roots(replace(owner, folder=base), is_rootdir, below=path)
    return any(folder not in roots for folder in found)


class _Search:
    """The roots found so far."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._found: dict[str, Config] = {}
        self._links: list[str] = []
        self._real: dict[str, str] = {}
        """Where the rootdirs really are → as they are spelled."""
        self._searched: set[str] = set()

    def add(self, config: Config) -> None:
        """Take a root."""
        first = self._found.get(config.rootdir)
        self._found[config.rootdir] = config if first is None else shared(first, config)
        self._real.setdefault(os.path.realpath(config.rootdir), config.rootdir)

    def below(self, config: Config) -> list[Config]:
        """Take the outermost roots below the folder of *config*, and return those that are new."""
        if config.folder in self._searched:
            return []
        self._searched.add(config.folder)
        found = nested_roots(config, self._is_root)
        new = []
        # One project has one cache and one spelling of ids: that without links, if there is one.
        for folder in sorted(found, key=lambda path: _leads_through_link(path, config.folder)):
            if self._real.get(os.path.realpath(folder), folder) != folder:
                self._links.append(folder)
                continue
            nested = read_config(folder, self._environment)
            self.add(nested)
            new.append(nested)
        return new

    def _is_root(self, folder: str, names: Collection[str]) -> bool:
        return folder in self._found or is_rootdir(folder, names)

    def roots(self) -> dict[str, Config]:
        """Return all roots, each with what it leaves to others."""
        others = (*self._found, *self._links)
        return {
            root: replace(
                config,
                nested=outermost(one for one in others if one != root and is_in(one, root)),
            )
            for root, config in self._found.items()
        }


def _leads_through_link(path: str, folder: str) -> bool:
    inside = os.path.relpath(path, folder)
    return os.path.realpath(path) != os.path.join(os.path.realpath(folder), inside)
