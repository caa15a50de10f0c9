"""What is foreseen of a run is what the run does, or differs as docs/discovery.md names it.

    RECALL_FUZZ_PREVIEWS=3000 pytest -n2 …/test_preview_differential.py

compares as many projects; `RECALL_FUZZ_KINDS=7` compares all kinds of runs of each.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st
from tests.python.fuzzing import playing
from tests.python.server.previewing.compare import Comparer, folder_of
from tests.python.server.previewing.suites import Suite, suites, wild_suites

SHARDS = 6
PREVIEWS = int(os.environ.get("RECALL_FUZZ_PREVIEWS", "306"))
WILD = PREVIEWS // 20
"""So many suites more hold everything that pytest collects."""
COMPARED = int(os.environ.get("RECALL_FUZZ_KINDS", "4"))
NUMBERS = st.integers(0, 2**32)
"""What is remembered and selected is chosen by chance from what the suite holds."""


def faults_of(suite: Suite, number: int, comparer: Comparer) -> list[str]:
    """Foresee and run, and return what nothing explains."""
    with tempfile.TemporaryDirectory() as base:
        root = folder_of(suite, Path(base))
        faults = list(comparer.faults(suite, root, Random(number)))  # noqa: S311 # to be played again
    if faults:
        texts = [f"--- {name}\n{text}" for name, text in suite.files.items()]
        return [*faults, f"opened in {suite.folder}", *texts]
    return []


def compare(shard: int, kind: st.SearchStrategy[Suite], count: int) -> Comparer:
    """Compare *count* suites of a *kind*."""
    comparer = Comparer(kinds=COMPARED)

    @seed(shard)
    @playing(count)
    @given(kind, NUMBERS)
    def check(suite: Suite, number: int) -> None:
        faults = faults_of(suite, number, comparer)
        assert not faults, "\n".join(faults)

    check()
    assert comparer.used["suites"] == count
    return comparer


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_run_does_what_was_foreseen(shard: int) -> None:
    count = PREVIEWS // SHARDS

    used = compare(shard, suites(), count).used

    # What is not compared, or never certain, could not be wrong.
    assert used["compared fully"] >= 0.95 * count
    assert used["certain"] >= 0.7 * used["the same"]


def test_where_something_is_not_known_all_else_is_foreseen() -> None:
    used = compare(0, wild_suites(), WILD).used

    assert used["the same"] >= 0.4 * COMPARED * WILD
