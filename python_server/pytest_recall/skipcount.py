"""Count the test files that `--lf` did not visit, without making nodes of them."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pluggy
import pytest


def count_files(config: pytest.Config, paths: Iterable[Path]) -> int:
    """Return how many files pytest would collect in *paths*, as far as it can be known.

    Where only pytest's own plugins collect files, names tell; another plugin has to be asked.
    """
    counter = _Counter(config)
    return sum(counter.count(path) for path in paths)


class _Counter:
    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        hook = config.pluginmanager.hook
        self._named, self._globs = _conftest_ignores(config)
        self._asks_collect = not _only(hook.pytest_collect_file, {"python", "doctest"})
        self._asks_ignore = (
            not _only(hook.pytest_ignore_collect, {"main"})
            or bool(config.getoption("ignore") or config.getoption("ignore_glob"))
            or bool(self._named or self._globs)
        )
        self._python_files: list[str] = config.getini("python_files")
        # A plugin that is switched off has no options, and collects nothing.
        doctest = config.pluginmanager.has_plugin("doctest")
        globs: list[str] = config.getoption("doctestglob", None) or ["test*.txt"]
        self._doctest_files = globs if doctest else []
        self._modules: bool = bool(config.getoption("doctestmodules", None))

    def count(self, path: Path) -> int:
        if path.is_dir():
            if self._ignores(path):
                return 0
            return sum(self._count_entry(entry) for entry in _scan(path))
        return self._count_file(path, str(path))

    def _count_entry(self, entry: os.DirEntry[str]) -> int:
        if entry.is_dir():
            return self.count(Path(entry.path))
        if entry.is_file():
            return self._count_file(None, entry.path)
        return 0

    def _ignores(self, path: Path) -> bool:
        text = str(path)
        if text in self._named or any(fnmatch.fnmatch(text, glob) for glob in self._globs):
            return True
        hook = self._config.hook
        return bool(hook.pytest_ignore_collect(collection_path=path, config=self._config))

    def _count_file(self, path: Path | None, text: str) -> int:
        if self._asks_ignore and self._ignores(path or Path(text)):
            return 0
        if self._asks_collect:
            return self._ask(path or Path(text))
        if text.endswith(".py"):
            return int(_matches(text, self._python_files)) + int(self._modules)
        return int(_matches(text, self._doctest_files))

    def _ask(self, path: Path) -> int:
        session = self._config.pluginmanager.get_plugin("session")
        collected = self._config.hook.pytest_collect_file(file_path=path, parent=session)
        return sum(len(nodes) if isinstance(nodes, list) else 1 for nodes in collected)


def _only(hook: pluggy.HookCaller, names: set[str]) -> bool:
    """Tell whether nobody but the plugins *names* and our own implements *hook*."""
    ours = ("lfplugin", "recall-")
    return all(
        each.plugin_name in names or each.plugin_name.startswith(ours)
        for each in hook.get_hookimpls()
    )


def _conftest_ignores(config: pytest.Config) -> tuple[set[str], list[str]]:
    """Return the paths and the globs that loaded conftests name to be ignored.

    pytest itself looks only at the conftests of folders it has visited.
    """
    named: set[str] = set()
    globs: list[str] = []
    for plugin in config.pluginmanager.get_plugins():
        folder = os.path.dirname(getattr(plugin, "__file__", None) or "")  # noqa: PTH120
        named.update(os.path.join(folder, each) for each in getattr(plugin, "collect_ignore", ()))  # noqa: PTH118
        globs += [os.path.join(folder, each) for each in getattr(plugin, "collect_ignore_glob", ())]  # noqa: PTH118
    return named, globs


def _scan(path: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            yield from entries
    except OSError:
        return


def _matches(path: str, patterns: Iterable[str]) -> bool:
    name = os.path.basename(path)  # noqa: PTH119 - tens of thousands of them
    return any(
        fnmatch.fnmatchcase(path if os.sep in pattern else name, pattern) for pattern in patterns
    )
