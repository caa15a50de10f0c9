"""From the same state, stock and ours do what the model says, and differ as named cures say.

    RECALL_FUZZ_SCRIPTS=3000 RECALL_FUZZ_LOG=build/fuzz.jsonl pytest -n2 …/test_differential.py

plays 3,000 scripts; `-k shard17` plays one shard again. With RECALL_FUZZ_SHRINK set, hypothesis
looks for the smallest script that fails.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings
from tests.python.fuzzing import playing
from tests.python.plugin.differential.explain import Explainer, cures_at_work
from tests.python.plugin.differential.model import CURES, Situation, State
from tests.python.plugin.differential.predict import predict
from tests.python.plugin.differential.suite import Script, apply, scripts
from tests.python.plugin.differential.twin import named, play

SCRIPTS = int(os.environ.get("RECALL_FUZZ_SCRIPTS", "200"))
SHARDS = max(4, SCRIPTS // 50)
LOG = os.environ.get("RECALL_FUZZ_LOG")
"""A file to which each shard appends how often which cure was at work."""


def faults_of(script: Script, used: Counter[str]) -> list[str]:
    """Play *script*, count in *used* the cures at work, and return what the model does not say."""
    with tempfile.TemporaryDirectory() as folder:
        for number, step in enumerate(play(script, Path(folder))):
            explainer = Explainer(step)
            faults = list(explainer.faults())
            if faults:
                outputs = f"{step.stock.outcome.output}\n{step.ours.outcome.output}"
                return [f"step {number} {step.arguments} {step}", *faults, outputs]
            used["steps"] += 1
            if LOG:
                used.update(explainer.used())
    return []


@pytest.mark.parametrize("shard", range(SHARDS), ids="shard{}".format)
def test_stock_and_ours_do_what_the_model_says(shard: int) -> None:
    used: Counter[str] = Counter()

    @seed(shard)
    @playing(SCRIPTS // SHARDS)
    @given(scripts())
    def check(script: Script) -> None:
        faults = faults_of(script, used)
        assert not faults, "\n".join(faults)

    try:
        check()
    finally:
        if LOG:
            with Path(LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps({"shard": shard, **dict(sorted(used.items()))}) + "\n")


def test_every_cure_is_at_work_in_some_script() -> None:
    used: set[str] = set()

    @seed(0)
    @settings(max_examples=1000, deadline=None, database=None, phases=(Phase.generate,))
    @given(scripts())
    def imagine(script: Script) -> None:
        suite, state = script.suite, State()
        # Most are seen soon; the rest of the scripts is for another version of hypothesis.
        for stamp, step in enumerate(script.steps if used != CURES else (), 1):
            suite = apply(suite, step.edit, stamp)
            argument = "".join(named(suite, step.argument))
            situation = Situation(suite, state, step.flags, argument)
            used.update(cures_at_work(situation))
            state = predict(situation).after

    imagine()

    assert used == CURES
