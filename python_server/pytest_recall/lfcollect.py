"""`--lf` during collection: visit only the files that hold known failures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from pytest_recall.cache import is_worker
from pytest_recall.census import path_of_id
from pytest_recall.narrowing import by_file, failures_among, left_of_file
from pytest_recall.nodeids import path_of
from pytest_recall.skipcount import count_files

Node = pytest.Item | pytest.Collector


class Failures(Protocol):
    """What the collection needs to know of the last-failed plugin."""

    config: pytest.Config
    _skipped_files: int
    _last_failed_paths: set[Path]

    @property
    def wanted(self) -> dict[str, bool]:
        """What is to be run again."""
        ...

    @property
    def gives_up(self) -> bool:
        """Whether nothing is to run when no known failure is found."""
        ...

    def is_beside_failure(self, nodeid: str) -> bool:
        """Whether whole files are asked for, and *nodeid* lies in one with a failure."""
        ...

    def reopened(self, collector: pytest.Collector) -> bool:
        """Whether *collector* failed before and has now been collected."""
        ...


class LFPluginCollSkipfiles:
    """A marker, registered from the first known failure found: other files are skipped."""

    def __init__(self, lfplugin: Failures) -> None:
        self.lfplugin = lfplugin


class LFPluginCollWrapper:
    """Keep the walk on the way to known failures, and go back for the rest if none is found.

    A folder's other entries are never visited: no node, no conftest and no module of theirs is
    made. If the failures turn out to be gone, what was left out is collected after all, and
    `in_order` puts everything where a full walk has it.
    """

    def __init__(self, lfplugin: Failures) -> None:
        self.lfplugin = lfplugin
        self._collected_at_least_one_failure = False
        paths = lfplugin._last_failed_paths  # noqa: SLF001 - the name other plugins read
        root = lfplugin.config.rootpath
        self._wanted_in = by_file(lfplugin.wanted)
        holders = {path_of_id(lfplugin.config, path) for path in self._wanted_in} & paths
        self._way = holders.union(*(path.parents for path in holders))
        named = {root / nodeid for nodeid in lfplugin.wanted if "::" not in nodeid}
        self._whole = {path for path in named if path in paths and path.is_dir()}
        self._narrow = bool(holders)
        self._left_out: dict[Path, list[Path]] = {}
        self._order: dict[Node, int] = {}
        self._kept: dict[pytest.Collector, list[Node]] = {}
        self._postponed: list[Node] = []
        self._top: list[Node] = []

    @property
    def found(self) -> bool:
        """Whether a known failure has been collected."""
        return self._collected_at_least_one_failure

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out what is not on the way to a known failure."""
        if not self._narrow or self._leads(collection_path):
            return None
        self._leave_out(collection_path)
        return True

    def _leave_out(self, path: Path) -> None:
        self._left_out.setdefault(path.parent, []).append(path)

    def _leads(self, path: Path) -> bool:
        return path in self._way or not self._whole.isdisjoint(path.parents)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Order, part and filter what *collector* holds."""
        report = yield
        if isinstance(collector, pytest.Session):
            report.result = self._order_top(report.result)
        elif isinstance(collector, pytest.Directory):
            report.result = self._order_folder(collector, report.result)
        elif report.passed and self._leads(collector.path):
            report.result = self._filter(collector, report.result)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> Generator[None, object, object]:
        """Once all have seen the session's nodes, let those follow that were left out."""
        result = yield
        if self._narrow and report.nodeid == "" and report.passed:
            report.result = Late(report.result, self.remainder)
        return result

    def _order_top(self, result: Iterable[Node]) -> list[Node]:
        nodes = self._failures_first(result)
        self._top = nodes
        self._order.update((node, index) for index, node in enumerate(nodes))
        if not self._narrow:
            return nodes
        skippable = (pytest.File, pytest.Directory)
        self._postponed = [
            node for node in nodes if isinstance(node, skippable) and not self._leads(node.path)
        ]
        return [node for node in nodes if node not in self._postponed]

    def _order_folder(self, folder: pytest.Collector, result: Iterable[Node]) -> list[Node]:
        nodes = self._failures_first(result)
        if not self._narrow:
            self._order.update((node, index) for index, node in enumerate(nodes))
            return nodes
        # Folders of other plugins need not ask whether a path is to be ignored.
        named = folder.session.isinitpath
        kept = [
            node for node in nodes if self._leads(node.path) or named(node.path, with_parents=True)
        ]
        for node in nodes:
            if node not in kept:
                self._leave_out(node.path)
        self._order.update((node, index) for index, node in enumerate(kept))
        self._kept[folder] = kept
        return kept

    def _failures_first(self, nodes: Iterable[Node]) -> list[Node]:
        paths = self.lfplugin._last_failed_paths  # noqa: SLF001
        return sorted(nodes, key=lambda node: node.path in paths, reverse=True)

    def _filter(self, collector: pytest.Collector, result: list[Node]) -> list[Node]:
        ids = [node.nodeid for node in result]
        near = self._wanted_in.get(path_of(collector.nodeid), ())
        remembered = failures_among(collector.nodeid, frozenset(ids), self.lfplugin.wanted, near)
        whole_is_failed = bool(result) and self.lfplugin.reopened(collector)
        if whole_is_failed or any(map(remembered.has, ids)):
            self._note_found()
        if whole_is_failed or not self.found or not isinstance(collector, pytest.File):
            return result
        named = collector.session.isinitpath

        def stays(nodeid: str) -> bool:
            return remembered.has(nodeid) or self.lfplugin.is_beside_failure(nodeid)

        left = left_of_file(
            ids,
            lambda index: isinstance(result[index], pytest.Collector) or named(result[index].path),
            stays,
        )
        return [result[index] for index in left]

    def _note_found(self) -> None:
        if not self.found:
            self._collected_at_least_one_failure = True
            manager = self.lfplugin.config.pluginmanager
            manager.register(LFPluginCollSkipfiles(self.lfplugin), "lfplugin-collskip")

    def remainder(self) -> list[Node]:
        """Return the nodes left out, if no known failure was found among the others.

        If one was, the files left out are counted instead.
        """
        self._narrow = False
        if self.found or self.lfplugin.gives_up:
            self.lfplugin._skipped_files += self._count()  # noqa: SLF001
            return []
        nodes: list[Node] = list(self._postponed)
        for folder in self._walked():
            nodes += self._left_in(folder, self._kept[folder])
        return nodes

    def _walked(self) -> list[pytest.Collector]:
        """Return the folders walked, without those only passed on the way to a named one."""
        top = set(self._top)
        return [folder for folder in self._kept if not top.isdisjoint(folder.listchain())]

    def _left_in(self, folder: pytest.Collector, kept: Collection[Node]) -> list[Node]:
        taken = {node.path for node in kept}
        rest = [node for node in folder.collect() if node.path not in taken]
        self._order.update((node, len(kept) + index) for index, node in enumerate(rest))
        return rest

    def _count(self) -> int:
        config = self.lfplugin.config
        if config.option.verbose < 0 or is_worker(config):
            return 0
        folders = [node.path for node in self._postponed if isinstance(node, pytest.Directory)]
        files = len(self._postponed) - len(folders)
        for folder in self._walked():
            folders += self._left_out.get(folder.path, ())
        return files + count_files(config, folders)

    def in_order(self, items: list[pytest.Item]) -> None:
        """Sort *items* as a full walk with failures first gives them."""
        if self._narrow or self.found:
            return

        def place(item: pytest.Item) -> list[int]:
            return [self._order[node] for node in item.listchain() if node in self._order]

        items.sort(key=place)


class Late(list[Node]):
    """Nodes, to which more are added once all of them have been collected."""

    def __init__(self, nodes: Iterable[Node], more: Callable[[], list[Node]]) -> None:
        super().__init__(nodes)
        self._more = more

    def __iter__(self) -> Iterator[Node]:
        """Yield the nodes; what is to be added is asked for when the last one is done with."""
        yield from super().__iter__()
        yield from self._more()
