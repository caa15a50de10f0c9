"""`--recall-select FILE`: run exactly the tests, files and folders that a file lists."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_recall.census import Census, path_of_id
from pytest_recall.distribution import handed_over
from pytest_recall.narrowing import Wanted
from pytest_recall.nodeids import ancestors, path_of, without_parameters

Node = pytest.Item | pytest.Collector

SHOWN = 5
"""So many ids that are gone are named; the rest are counted."""


def read_selection(path: Path) -> Wanted:
    """Read a selection file; raises `pytest.UsageError` that says what is wrong with it."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        message = f"--recall-select: cannot read {path}: {exc.strerror}"
        raise pytest.UsageError(message) from exc
    except ValueError as exc:
        message = f"--recall-select: {path} is not UTF-8 JSON: {exc}"
        raise pytest.UsageError(message) from exc
    ids = content.get("ids") if isinstance(content, dict) else None
    exclude = content.get("exclude", []) if isinstance(content, dict) else None
    for name, value in (("ids", ids), ("exclude", exclude)):
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            message = f'--recall-select: {path} has no list of node ids named "{name}"'
            raise pytest.UsageError(message)
    return Wanted.of(ids or [], exclude or [])


class Select:
    """Collect only what leads to the wanted tests, and keep exactly those."""

    def __init__(self, config: pytest.Config, wanted: Wanted, census: Census) -> None:
        self._config = config
        self._wanted = wanted
        self._census = census
        self._root = config.rootpath
        self.gone: list[str] = []
        """Wanted ids that do not exist, once the tests are collected."""

    @classmethod
    def of(cls, config: pytest.Config, file: str, census: Census) -> Select:
        """Read *file* and let *config* collect from the outermost folders that are needed."""
        told = handed_over(config)
        if told is None:
            wanted = read_selection(config.invocation_params.dir / file)
        else:
            wanted = Wanted.of(*told["select"])
        config.args = arguments(config.rootpath, wanted)
        return cls(config, wanted, census)

    @property
    def wanted(self) -> tuple[list[str], list[str]]:
        """The ids to run, and those among them that are not to run."""
        return sorted(self._wanted.ids), sorted(self._wanted.exclude)

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out what is not wanted; what is named is collected even if usually ignored."""
        nodeid = self._id_of(collection_path)
        if not self._wanted.leads(nodeid):
            return True
        return False if nodeid in self._wanted.above | self._wanted.ids else None

    def _id_of(self, path: Path) -> str:
        try:
            return path.relative_to(self._root).as_posix()
        except ValueError:
            return str(path)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Collect a Python file that is wanted though its name is not that of a test file."""
        nodeid = self._id_of(file_path)
        named = nodeid in self._wanted.ids or nodeid in self._wanted.above
        if file_path.suffix != ".py" or not named or self._is_test_file(file_path):
            return None
        module: pytest.Collector = parent.ihook.pytest_pycollect_makemodule(
            module_path=file_path, parent=parent
        )
        return module

    def _is_test_file(self, path: Path) -> bool:
        patterns = [*self._config.getini("python_files"), "__init__.py"]
        return any(path.match(pattern) for pattern in patterns)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Keep of a file or class what is wanted."""
        report = yield
        if report.passed and not isinstance(collector, (pytest.Session, pytest.Directory)):
            report.result = [node for node in report.result if self._keeps(node)]
        return report

    def _keeps(self, node: Node) -> bool:
        if isinstance(node, pytest.Item):
            return self._wanted.takes(node.nodeid)
        return self._wanted.leads(node.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Find out which of the wanted ids are gone."""
        items[:] = [item for item in items if self._wanted.takes(item.nodeid)]
        found = {item.nodeid for item in items}
        found |= {without_parameters(nodeid) for nodeid in found}
        found |= {above for nodeid in found for above in ancestors(nodeid)}
        self.gone = sorted(nodeid for nodeid in self._wanted.ids - found if self._is_gone(nodeid))

    def _is_gone(self, nodeid: str) -> bool:
        if nodeid in {"", "."}:
            return False
        if not path_of_id(self._config, nodeid).exists():
            return True
        return "::" in nodeid and self._census.passed(path_of(nodeid))

    def pytest_report_collectionfinish(self) -> str | None:
        """Name what is gone."""
        return gone_line(self.gone) if self.gone else None


def gone_line(gone: list[str], what: str = "selected test") -> str:
    """Return the line that says which tests do not exist any more; *what* they are."""
    named = ", ".join(json.dumps(each)[1:-1] if "\n" in each else each for each in gone[:SHOWN])
    more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
    noun, verb = (what, "exists") if len(gone) == 1 else (f"{what}s", "exist")
    return f"recall: {len(gone)} {noun} no longer {verb}: {named}{more}"


def arguments(root: Path, wanted: Wanted) -> list[str]:
    """Return what to collect from: the root, and the folders of what lies outside of it."""
    folders: dict[str, None] = {}
    for nodeid in sorted(wanted.ids):
        path = root / path_of(nodeid)
        if not path.exists():
            continue
        inside = path == root or root in path.parents
        folders[str(root if inside else path if path.is_dir() else path.parent)] = None
    return list(folders)
