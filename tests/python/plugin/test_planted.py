"""The differential check finds faults that are planted into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest
from tests.python.plugin import support
from tests.python.plugin.differential.explain import Explainer
from tests.python.plugin.differential.suite import File, Script, Step, Suite, Test
from tests.python.plugin.differential.twin import play

PLANTED = {
    "a set-up error is not remembered": """
        from pytest_recall.lastfailed import LFPlugin
        real = LFPlugin.pytest_runtest_logreport
        def planted(self, report):
            if report.when != "setup":
                real(self, report)
        LFPlugin.pytest_runtest_logreport = planted
    """,
    "a passing test is not forgotten": """
        from pytest_recall.lastfailed import LFPlugin
        real = LFPlugin.pytest_runtest_logreport
        def planted(self, report):
            if report.failed:
                real(self, report)
        LFPlugin.pytest_runtest_logreport = planted
    """,
    "known failures run last": """
        from pytest_recall import selection
        real = selection.split
        def planted(ids, chosen):
            parts = real(ids, chosen)
            return selection.Split(parts.chosen[::-1], parts.others)
        selection.split = planted
    """,
    "stepwise skips one test too many": """
        from pytest_recall import selection
        real = selection.choose_step
        def planted(ids, progress, **options):
            step = real(ids, progress, **options)
            run = step.run[1:] if step.deselected else step.run
            return selection.Step(step.deselected, run, step.status, step.last_failed)
        selection.choose_step = planted
    """,
    "new ids are not learned": """
        from pytest_recall import store
        store.merged_nodeids = lambda stored, seen, gone: sorted(stored)
    """,
}

TESTS = (
    Test("test_1", "pass"),
    Test("test_2", "fail"),
    Test("test_3", "setup"),
    Test("test_4", "fail", in_class=True),
)
NOTHING = ("none", 0, 0)
SCRIPT = Script(
    Suite((File("sub/test_c.py", TESTS), File("test_a.py", TESTS))),
    (
        Step(NOTHING, (), 0, "ours"),
        Step(("fix", 0, 1), (), 0, "ours"),
        Step(NOTHING, ("--lf",), 0, "stock"),
        Step(NOTHING, ("--sw",), 0, "stock"),
        Step(("fix", 0, 2), ("--sw",), 0, "stock"),
    ),
)


@contextmanager
def planted(fault: str, folder: Path) -> Iterator[None]:
    """Let our side of the comparison run with *fault* planted."""
    folder.mkdir()
    plugin = folder / "planted.py"
    plugin.write_text(dedent(fault), "utf-8")
    before = support.OURS
    support.OURS = (*before, "-p", "planted")
    support.zygote.cache_clear()
    added, support.EXTRA_PATHS = support.EXTRA_PATHS, (str(folder),)
    try:
        yield
    finally:
        support.zygote().end()
        support.zygote.cache_clear()
        support.OURS, support.EXTRA_PATHS = before, added


def faults(folder: Path) -> list[str]:
    """Play the script and return what no cure explains."""
    return [fault for step in play(SCRIPT, folder) for fault in Explainer(step).faults()]


def test_without_a_planted_fault_nothing_is_found(tmp_path: Path) -> None:
    assert faults(tmp_path / "twin") == []


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path) -> None:
    with planted(PLANTED[fault], tmp_path / "plugin"):
        assert faults(tmp_path / "twin")
