"""Know what was collected, and of which files all of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pytest_recall.hooks import Hooks

if TYPE_CHECKING:
    from typing import TypeGuard

Node = pytest.Item | pytest.Collector


class Census(Hooks):
    """Watch every collector's report, before anybody filters it."""

    def __init__(self, id_of: Callable[[pytest.Item], str]) -> None:
        self._id_of = id_of
        self._results: dict[pytest.Collector, list[Node]] = {}
        self._nested: dict[pytest.Collector, list[pytest.Collector]] = {}
        """The collectors among the results."""
        self._collectors: dict[type, bool] = {}
        """Whether nodes of a class are collectors."""
        self._files: dict[str, list[pytest.Collector]] = {}
        self._items_of: dict[str, dict[str, pytest.Item]] = {}
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
        self._items_of.clear()
        self.failed = self.failed or report.failed
        if report.passed:
            self.collected.add(collector.nodeid)
            if not isinstance(collector, (pytest.Session, pytest.Directory)):
                nodes = list(report.result)
                self._results[collector] = nodes
                kinds = set(map(type, nodes))
                self._nested[collector] = (
                    [node for node in nodes if self._is_collector(node)]
                    if any(map(self._is_kind_of_collector, kinds))
                    else []
                )
        if isinstance(collector, pytest.File):
            known = self._files.setdefault(path_in_ids(collector), [])
            # A file that was named twice is collected twice; the same node may be asked again.
            if collector not in known:
                known.append(collector)
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

    def items_of(self, path: str) -> dict[str, pytest.Item]:
        """Return the tests of the file *path* that were seen, filtered or not, by id."""
        items = self._items_of.get(path)
        if items is None:
            items = self._items_of[path] = {}
            found = [item for node in self._files.get(path, ()) for item in self._items(node)]
            items.update(zip(map(self._id_of, found), found, strict=True))
            if len(items) < len(found):
                # Of two tests with one id the first counts.
                items.update(zip(map(self._id_of, reversed(found)), reversed(found), strict=True))
        return items

    def ids_of(self, path: str) -> AbstractSet[str]:
        """Return the ids of the tests of the file *path* that were seen."""
        return self.items_of(path).keys()

    def _is_whole(self, node: pytest.Collector) -> bool:
        return node in self._results and all(map(self._is_whole, self._nested[node]))

    def _items(self, node: pytest.Collector) -> Iterator[pytest.Item]:
        results = self._results.get(node, ())
        if not self._nested.get(node, ()):
            yield from cast("list[pytest.Item]", results)
            return
        for child in results:
            if self._is_collector(child):
                yield from self._items(child)
            else:
                yield cast("pytest.Item", child)

    def _is_collector(self, node: Node) -> TypeGuard[pytest.Collector]:
        return self._is_kind_of_collector(type(node))

    def _is_kind_of_collector(self, kind: type) -> bool:
        """Tell what nodes of *kind* are; abstract bases such as theirs are slow to ask."""
        if kind not in self._collectors:
            self._collectors[kind] = issubclass(kind, pytest.Collector)
        return self._collectors[kind]


def path_in_ids(node: pytest.Collector | pytest.Item) -> str:
    """Return the path part of *node*'s id."""
    return node.nodeid.partition("::")[0]


def path_of_id(config: pytest.Config, nodeid: str) -> Path:
    """Return where the file of *nodeid* would be."""
    return config.rootpath / nodeid.partition("::")[0]
