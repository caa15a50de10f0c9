"""For any suite and cache, every test has a reason to run or not, and the reasons are true.

    RECALL_FUZZ_WHY=3000 pytest …/test_why_property.py

tries as many projects.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import get_args

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.python.server.previewing.compare import Case, folder_of
from tests.python.server.previewing.memories import Keys, keys_of, selections
from tests.python.server.previewing.suites import Suite, suites

from pytest_recall.narrowing import Wanted
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.ids import ancestors_of, folders_of, function_of, path_of
from pytest_recall_server.model.why import Fact, Foreseen, Off, On, Reasons, Verdict

PROJECTS = int(os.environ.get("RECALL_FUZZ_WHY", "60"))
ON, OFF = frozenset(get_args(On)), frozenset(get_args(Off))


@dataclass(frozen=True)
class Truth:
    """What was written into the cache and what there is, by which facts are judged."""

    keys: Keys
    collected: Collection[str]
    foreseen: Foreseen

    def holds(self, fact: Fact, node_id: str) -> bool:
        """Tell whether a fact of a test is true."""
        failed, unfinished = self.keys.lastfailed or (), self.keys.unfinished or ()
        of, chosen = fact.of or "", self.foreseen.chosen
        around = (*ancestors_of(node_id), *folders_of(path_of(node_id)))
        is_gone = of not in self.collected and function_of(of) == function_of(node_id)
        known = node_id in (self.keys.nodeids or ())
        return {
            "failed": node_id in failed,
            "unfinished": node_id in unfinished and node_id not in failed,
            "failedParameter": of in failed and is_gone,
            "unfinishedParameter": of in unfinished and is_gone,
            "failedAround": of in failed and of in around,
            "rest": node_id not in failed,
            "new": not known,
            "known": known,
            "notFailed": node_id not in failed,
            "notUnfinished": node_id not in unfinished,
            "notCollected": node_id not in self.collected,
            "notChosen": chosen is not None and not chosen.takes(node_id),
            "selected": chosen is not None and chosen.takes(node_id),
        }.get(fact.kind, True)


def check(suite: Suite, number: int, used: Counter[str]) -> None:
    """Foresee a run of each selection, and look at every test that there is or was."""
    random = Random(number)  # noqa: S311 # to be played again
    with tempfile.TemporaryDirectory() as base:
        root = folder_of(suite, Path(base))
        case = Case.of(root / suite.folder, root.parent)
        (all_of_them,) = case.foresee(Selection(kind="all"))
        everything = [each.id for each in all_of_them.tests]
        keys = keys_of(everything, [], random)
        case.remember(keys)
        for selection in selections(everything, random):
            (preview,) = case.foresee(selection)
            foreseen = asyncio.run(case.foresight.foreseen(selection, case.ids(selection), ()))
            assert foreseen.found == preview
            collected = {*everything, *(each for file in foreseen.files for each in file.tests)}
            reasons = Reasons(foreseen, everything)
            truth = Truth(keys, collected, foreseen)
            places = {test.id: place for place, test in reversed([*enumerate(preview.tests, 1)])}
            remembered = (*(keys.lastfailed or ()), *(keys.unfinished or ()))
            for node_id in dict.fromkeys((*collected, *remembered)):
                verdict = reasons.of(node_id)
                assert verdict.place == places.get(node_id)
                assert verdict.facts, (selection, node_id)
                kinds = {fact.kind for fact in verdict.facts}
                assert kinds <= (ON if verdict.runs else OFF), (selection, node_id, kinds)
                for fact in verdict.facts:
                    assert truth.holds(fact, node_id), (selection, node_id, fact)
                used.update(kinds)


def test_every_test_has_a_reason_and_every_reason_is_true() -> None:
    used: Counter[str] = Counter()

    @seed(1)
    @settings(
        max_examples=PROJECTS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(suites(), st.integers(0, 2**32))
    def look(suite: Suite, number: int) -> None:
        check(suite, number, used)

    look()
    # What no project shows was not tried; broken files are tried below.
    assert used.keys() >= ON.union(OFF) - {"broken", "unfinishedParameter", "narrowed"}


def test_a_broken_file_keeps_every_test_from_running(tmp_path: Path) -> None:
    suite = Suite({"test_a.py": "def test_1(): pass\n", "test_b.py": "def test_2(:\n"})
    root = folder_of(suite, tmp_path)
    case = Case.of(root, tmp_path / "beside")

    foreseen = asyncio.run(case.foresight.foreseen(Selection(kind="newFirst"), None, ()))
    verdict = Reasons(foreseen, ()).of("test_a.py::test_1")

    assert verdict == Verdict(place=None, facts=(Fact(kind="broken", of="test_b.py"),))


def test_of_a_folder_that_failed_only_what_failed_itself_is_collected(tmp_path: Path) -> None:
    suite = Suite({"a/test_a.py": "def test_1(): assert 0\ndef test_2(): pass\n"})
    root = folder_of(suite, tmp_path)
    case = Case.of(root, tmp_path)
    case.remember(Keys(lastfailed=("a", "a/test_a.py::test_1")))
    selection = Selection(kind="lastFailed")

    foreseen = asyncio.run(case.foresight.foreseen(selection, case.ids(selection), ()))
    reasons = Reasons(foreseen, ["a/test_a.py::test_1", "a/test_a.py::test_2"])

    around = Fact(kind="failedAround", of="a")
    assert reasons.of("a/test_a.py::test_1").facts == (Fact(kind="failed"), around)
    assert reasons.of("a/test_a.py::test_2").facts == (Fact(kind="narrowed"),)
    assert Wanted.of(["a"], []).takes("a/test_a.py::test_2")
