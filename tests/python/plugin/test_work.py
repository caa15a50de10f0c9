"""How much work a run takes, counted: what is written, and what is looked at for known failures."""

from __future__ import annotations

from pathlib import Path

from tests.python.plugin.support import SOURCES, Project

from pytest_recall import covering, plugin, provider, stepwise

TESTS = 100
PASSING = "".join(f"def test_{number}(): pass\n" for number in range(TESTS))
COUNTS_WRITES = """
from pytest_recall.pinned import Pinned
sizes = []
real = Pinned.write
def write(descriptor, line):
    sizes.append(len(line))
    return real(descriptor, line)
Pinned.write = staticmethod(write)
def pytest_terminal_summary(terminalreporter):
    # The end is written after that.
    terminalreporter.write_line(f"writes: {len(sizes)} {sum(sizes)}")
"""
COUNTS_LOOKS = """
from pytest_recall import lfcollect
looks = []
real = lfcollect.failures_among
def failures_among(collector, children, wanted, near):
    looks.append(len(near))
    return real(collector, children, wanted, near)
lfcollect.failures_among = failures_among
def pytest_report_collectionfinish():
    return f"looks: {sum(looks)}"
"""

TELLS_MODULES = """
import sys
def pytest_unconfigure():
    names = [name.partition(".")[2] for name in sys.modules if name.startswith("pytest_recall.")]
    print("modules:", *sorted(names))
"""
SELDOM = {"cachedir", "covering", "handover", "lfcollect", "merging", "selection", "stepread"}
"""Modules that a run of known tests without any option has no use for."""


def test_a_passing_test_takes_one_write_of_few_bytes(project: Project) -> None:
    project.write({"test_a.py": PASSING, "conftest.py": COUNTS_WRITES})

    counted = project.ours().line("writes")

    writes, size = map(int, counted.split()[1:])
    others = len(["run", "file", "selected", "the last test"])
    assert TESTS < writes <= TESTS + others
    # A line for its start, one for its end and its entry among those of its file.
    assert size < 2_000 + TESTS * (50 + 150 + 20)


def test_a_run_of_known_tests_writes_its_journal_and_no_value(project: Project) -> None:
    project.write({"test_a.py": PASSING, "test_b.py": "def test_fails(): assert False\n"})
    project.ours()
    values = sorted((project.path / ".pytest_cache/v").rglob("*"))
    before = [(each.st_mtime_ns, each.st_ino) for each in map(Path.stat, values)]

    project.ours()

    assert sorted((project.path / ".pytest_cache/v").rglob("*")) == values
    assert [(each.st_mtime_ns, each.st_ino) for each in map(Path.stat, values)] == before


def test_each_known_failure_is_looked_at_in_its_own_file_alone(project: Project) -> None:
    failing = "".join(f"def test_{number}(): assert False\n" for number in range(10))
    files = {f"test_{number}.py": failing for number in range(10)}
    project.write({**files, "conftest.py": COUNTS_LOOKS})
    project.ours()

    outcome = project.ours("--lf", "--collect-only")

    assert "rerun previous 100 failures" in outcome.line("run-last-failure")
    assert outcome.line("looks") == "looks: 100"


def test_a_plain_run_loads_only_the_modules_it_needs(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n", "conftest.py": TELLS_MODULES})
    modules_of(project)

    plain, choosing = modules_of(project), modules_of(project, "--lf")

    assert {"recorder", "memory"} < plain
    assert not plain & SELDOM
    assert {"lfcollect", "selection"} < choosing


def modules_of(project: Project, *arguments: str) -> set[str]:
    """Return which of our modules a process of its own has loaded at the end of its run."""
    command = ("-m", "pytest", "-s", "-p", "pytest_recall.plugin", *arguments)
    environment = {"PYTHONPATH": str(SOURCES), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = project.process(*command, **environment)
    _before, _label, names = run.stdout.partition("modules: ")
    return set(names.split())


def test_pytest_is_shown_the_hooks_of_our_modules_and_nothing_else() -> None:
    for module in (plugin, provider, stepwise, covering):
        hooks = [name for name in dir(module) if name.startswith("pytest_")]
        assert hooks, module
        assert set(dir(module)) - set(hooks) <= {"cache"}
