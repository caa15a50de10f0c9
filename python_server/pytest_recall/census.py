"""Know what was collected, and of which files all of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest


class Census:
    """Watch every collector's report, before anybody filters it."""

    def __init__(self) -> None:
        self._results: dict[pytest.Collector, list[pytest.Item | pytest.Collector]] = {}
        self._files: dict[str, list[pytest.Collector]] = {}
        self.collected: set[str] = set()
        """Ids of the collectors that were collected without an error or a skip."""
        self.failed = False
        """Whether anything failed to be collected."""

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Note what *collector* holds."""
        report = yield
        self.failed = self.failed or report.failed
        if report.passed:
            self.collected.add(collector.nodeid)
            if not isinstance(collector, (pytest.Session, pytest.Directory)):
                self._results[collector] = list(report.result)
        if isinstance(collector, pytest.File):
            nodes = self._files.setdefault(path_in_ids(collector), [])
            # A file that was named twice is collected twice; the same node may be asked again.
            if collector not in nodes:
                nodes.append(collector)
        return report

    def files(self) -> Iterator[str]:
        """Yield the files in the order of collection, as their ids name them."""
        yield from self._files

    def whole(self, path: str) -> bool:
        """Tell whether all tests of the file *path* are known."""
        nodes = self._files.get(path)
        return bool(nodes) and all(self._is_whole(node) for node in nodes or ())

    def passed(self, path: str) -> bool:
        """Tell whether the file *path* itself was collected without an error."""
        return any(node in self._results for node in self._files.get(path, ()))

    def items_of(self, path: str) -> list[pytest.Item]:
        """Return the tests of the file *path* that were seen, filtered or not, each id once."""
        items: dict[str, pytest.Item] = {}
        for node in self._files.get(path, ()):
            for item in self._items(node):
                items.setdefault(item.nodeid, item)
        return list(items.values())

    def ids_of(self, path: str) -> set[str]:
        """Return the ids of the tests of the file *path* that were seen."""
        return {item.nodeid for item in self.items_of(path)}

    def _is_whole(self, node: pytest.Collector) -> bool:
        children = self._results.get(node)
        return children is not None and all(
            self._is_whole(child) for child in children if isinstance(child, pytest.Collector)
        )

    def _items(self, node: pytest.Collector) -> Iterator[pytest.Item]:
        for child in self._results.get(node, ()):
            if isinstance(child, pytest.Collector):
                yield from self._items(child)
            elif isinstance(child, pytest.Item):
                yield child


def path_in_ids(node: pytest.Collector | pytest.Item) -> str:
    """Return the path part of *node*'s id."""
    return node.nodeid.partition("::")[0]


def path_of_id(config: pytest.Config, nodeid: str) -> Path:
    """Return where the file of *nodeid* would be."""
    return config.rootpath / nodeid.partition("::")[0]
