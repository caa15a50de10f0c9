"""A process that forks a child for every run of pytest that is asked for on its stdin.

    python zygote.py <folder for sys.path>

A request is one line of JSON: project, arguments, file for the output, file for the result, more
folders for sys.path. The answer is the child's exit status. pytest and our plugin are imported
once, and the process is kept small, so that a run costs little more than pytest itself.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

WARMING = "test_that_warms_up"


class Probe:
    """A plugin that notes what a run does."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = {
            name: [] for name in ("ran", "selected", "deselected", "failed", "collected", "errors")
        }

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.seen["ran"].append(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.seen["failed"].append(report.nodeid)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.seen["deselected"] += [item.nodeid for item in items]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.seen["selected"] = [item.nodeid for item in session.items]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if report.failed:
            self.seen["errors"].append(collector.nodeid)
        elif isinstance(collector, pytest.File):
            self.seen["collected"].append(collector.nodeid)
        return report


def serve() -> None:
    """Answer requests until stdin ends."""
    sys.path[:0] = sys.argv[1:]
    warm_up()
    warm_up("-p", "pytest_recall.plugin")
    # pytest collects garbage when it ends, and what is loaded is much to look through.
    gc.freeze()
    for line in sys.stdin:
        project, arguments, output, result, paths = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 70
            sys.path[1:1] = paths
            try:
                status = run_in_child(Path(project), arguments, Path(output), Path(result))
            finally:
                os._exit(status)
        _pid, wait_status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(wait_status)}\n")
        sys.stdout.flush()


def warm_up(*arguments: str) -> None:
    """Run pytest with *arguments* and each selection, which imports what it imports as it goes."""
    null = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(null),
        contextlib.redirect_stderr(null),
    ):
        Path(folder, f"{WARMING}.py").write_text("def test_a(): assert 0\ndef test_b(): ...\n")
        place = ("--import-mode=importlib", "--rootdir", folder, "-c", os.devnull, folder)
        for selection in ((), ("--lf",), ("--ff", "--nf"), ("--sw",)):
            pytest.main([*arguments, *selection, *place])
            del sys.modules[WARMING]


def run_in_child(project: Path, arguments: list[str], output: Path, result: Path) -> int:
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the process's own
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.chdir(project)
    sys.dont_write_bytecode = True
    sys.argv = ["pytest", *arguments]
    probe = Probe()
    status = pytest.main(["-p", "no:faulthandler", *arguments], plugins=[probe])
    sys.stdout.flush()
    sys.stderr.flush()
    result.write_text(json.dumps({"status": int(status), **probe.seen}), "utf-8")
    return 0


if __name__ == "__main__":
    serve()
