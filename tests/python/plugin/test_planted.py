"""The differential check finds faults that are planted into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

import pytest
from tests.python.plugin import support
from tests.python.plugin.differential.explain import Explainer
from tests.python.plugin.differential.suite import File, Script, Step, Suite, Test
from tests.python.plugin.differential.twin import play

A_FILE = File(
    "test_a.py",
    (
        Test("test_1", "pass"),
        Test("test_2", "fail"),
        Test("test_3", "setup"),
        Test("test_4", "fail", place="TestC"),
        Test("test_5", "pass", place="TestC"),
    ),
)
B_FILE = File("sub/test_c.py", (Test("test_1", "fail"), Test("test_2", "pass")))
PARTS = File("test_a.py", (Test("test_2", "part fails", place="TestU"), Test("test_1", "pass")))
PARAMETERS = File(
    "test_a.py",
    (
        Test("test_1", "pass", ("fail", "fail"), place="TestC"),
        Test("test_2", "pass", place="TestC"),
    ),
)


def run(*flags: str, edit: tuple[str, int, int] = ("none", 0, 0), keeps: str = "ours") -> Step:
    """Return a step without an argument."""
    return Step(edit, flags, 0, keeps)


@dataclass(frozen=True)
class Planted:
    """A fault, as a plugin, and a script in which it shows."""

    plugin: str
    files: tuple[File, ...]
    steps: tuple[Step, ...]

    @property
    def script(self) -> Script:
        """The whole script; files in the order of their paths."""
        return Script(Suite(self.files), (run(), *self.steps))


REPORTS = """
    from pytest_recall.lastfailed import LFPlugin
    real = LFPlugin.pytest_runtest_logreport
    def planted(self, report):
        if {condition}:
            real(self, report)
    LFPlugin.pytest_runtest_logreport = planted
"""
CHOICE = """
    from pytest_recall import selection
    real = selection.choose_failed
    def planted(ids, remembered, modes, **options):
        choice = real(ids, remembered, modes, **options)
        run = choice.run
        {change}
        out = tuple(i for i in range(len(ids)) if i not in run)
        return selection.Choice(run, out, choice.status, frozenset(ids[i] for i in run))
    selection.choose_failed = planted
"""
FORGOTTEN = """
    from pytest_recall.memory import Memory
    real = Memory.forgotten
    def planted(self, *ids):
        {what}
    Memory.forgotten = planted
"""
FIX_ERROR = ("error", 0, 0)

PLANTED = {
    "a set-up error is not remembered": Planted(
        REPORTS.format(condition='report.when != "setup"'), (A_FILE,), ()
    ),
    "a passing test is not forgotten": Planted(
        REPORTS.format(condition="report.failed"), (A_FILE,), (run(edit=("fix", 0, 1)),)
    ),
    "a failing part is forgotten when its test passes": Planted(
        """
        from pytest_recall.lastfailed import LFPlugin
        real = LFPlugin.pytest_runtest_logreport
        def planted(self, report):
            if report.when == "call" and report.passed:
                self._failing.clear()
            real(self, report)
        LFPlugin.pytest_runtest_logreport = planted
        """,
        (PARTS,),
        (),
    ),
    "known failures run last": Planted(
        """
        from pytest_recall import selection
        real = selection.split
        def planted(ids, chosen):
            parts = real(ids, chosen)
            return selection.Split(parts.chosen[::-1], parts.others)
        selection.split = planted
        """,
        (A_FILE,),
        (run("--lf"),),
    ),
    "stepwise skips one test too many": Planted(
        """
        from pytest_recall import selection
        real = selection.choose_step
        def planted(ids, progress, **options):
            step = real(ids, progress, **options)
            run = step.run[1:] if step.deselected else step.run
            return selection.Step(step.deselected, run, step.status, step.last_failed)
        selection.choose_step = planted
        """,
        (A_FILE,),
        (run("--sw"), run("--sw")),
    ),
    "stepwise forgets a failing part": Planted(
        """
        from pytest_recall.stepwise import StepwisePlugin
        real = StepwisePlugin.pytest_runtest_logreport
        def planted(self, report):
            real(self, report)
            if report.when == "call" and report.passed:
                self._last_failed = None
        StepwisePlugin.pytest_runtest_logreport = planted
        """,
        (PARTS,),
        (run("--sw"),),
    ),
    "new ids are not learned": Planted(
        """
        from pytest_recall import store
        store.merged_nodeids = lambda stored, seen, gone: sorted(stored)
        """,
        (A_FILE,),
        (),
    ),
    "ids that are gone stay known": Planted(
        """
        from pytest_recall import store
        store.merged_nodeids = lambda stored, seen, gone: sorted({*stored, *seen})
        """,
        (A_FILE,),
        (run(edit=("rename", 0, 0)),),
    ),
    "failures that are gone stay known": Planted(
        FORGOTTEN.format(what="return iter(())"), (A_FILE,), (run(edit=("rename", 0, 1)),)
    ),
    "a mended file loses the failures it had before": Planted(
        FORGOTTEN.format(
            what="yield from [*real(self, *ids), *(i for i in self.lastfailed.known"
            ' if i.partition("::")[0] in self.lastfailed.known)]'
        ),
        (A_FILE,),
        (run(edit=FIX_ERROR), run("-k", "test_1", edit=FIX_ERROR)),
    ),
    "of a mended file one test is left out": Planted(
        CHOICE.format(change="run = run[:-1] if remembered.collectors else run"),
        (A_FILE,),
        (run(edit=FIX_ERROR), run("--lf", edit=FIX_ERROR)),
    ),
    "with nothing to fall back on, last-failed never runs anything": Planted(
        CHOICE.format(change="run = () if modes.none_if_no_failures else run"),
        (A_FILE,),
        (run("--lf", "--lfnf=none"),),
    ),
    "beside a broken file one failure is left out": Planted(
        CHOICE.format(change="run = run[1:]"),
        (B_FILE, replace(A_FILE, path="zoo/test_e.py")),
        (run(edit=("fix", 0, 0)), run("--lf", edit=("error", 0, 0))),
    ),
    "an unstable parameter brings its whole file": Planted(
        CHOICE.format(
            change="run = tuple(range(len(ids))) if remembered.functions and modes.last_failed"
            " else run"
        ),
        (PARAMETERS,),
        (run("--lf", edit=("params", 0, 0)),),
    ),
    "with a filter, last-failed never runs anything": Planted(
        CHOICE.format(change="run = () if options.get('filtered_out') else run"),
        (B_FILE, A_FILE),
        (run("--lf", "-k", "test_1"),),
    ),
    "last-failed is silent about what it deselects": Planted(
        """
        from pytest_recall import selection
        real = selection.choose_failed
        def planted(ids, remembered, modes, **options):
            choice = real(ids, remembered, modes, **options)
            return selection.Choice(choice.run, (), choice.status, choice.failed)
        selection.choose_failed = planted
        """,
        (A_FILE,),
        (run("--lf"),),
    ),
    "last-failed visits every file": Planted(
        """
        from pytest_recall.lfcollect import LFPluginCollWrapper
        real = LFPluginCollWrapper.__init__
        def planted(self, lfplugin):
            real(self, lfplugin)
            self._narrow = False
        LFPluginCollWrapper.__init__ = planted
        """,
        (B_FILE, File("test_a.py", (Test("test_1", "pass"),))),
        (run("--lf"),),
    ),
    "of failed tests the oldest file comes first": Planted(
        """
        from pytest_recall import selection
        real = selection.new_first
        def planted(ids, is_known, changed, is_failed=None):
            old = is_failed is None
            return real(ids, is_known, changed if old else lambda i: -changed(i), is_failed)
        selection.new_first = planted
        """,
        (B_FILE, A_FILE),
        (run("--ff", "--nf", edit=("touch", 1, 0)),),
    ),
    "the status line counts what it should not": Planted(
        """
        from pytest_recall import selection
        selection.skipped_files_note = lambda count: ""
        """,
        (B_FILE, File("test_a.py", (Test("test_1", "pass"),))),
        (run("--lf"),),
    ),
}


@contextmanager
def planted(fault: str, folder: Path) -> Iterator[None]:
    """Let our side of the comparison run with *fault* planted."""
    folder.mkdir()
    plugin = folder / "planted.py"
    plugin.write_text(dedent(fault), "utf-8")
    before = support.OURS
    support.OURS = (*before, "-p", "planted")
    added, support.EXTRA_PATHS = support.EXTRA_PATHS, (str(folder),)
    try:
        yield
    finally:
        support.OURS, support.EXTRA_PATHS = before, added


def faults(script: Script, folder: Path) -> list[str]:
    """Play *script* and return what the model does not say."""
    return [fault for step in play(script, folder) for fault in Explainer(step).faults()]


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_and_nothing_without_it(fault: str, tmp_path: Path) -> None:
    case = PLANTED[fault]

    without = faults(case.script, tmp_path / "twin")
    with planted(case.plugin, tmp_path / "plugin"):
        found = faults(case.script, tmp_path / "twin")

    assert without == []
    assert found
    assert all(each.startswith("ours") for each in found)
