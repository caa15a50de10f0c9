"""Stock and ours, from the same state, do the same, or differ as a named cure says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.python.plugin.differential.explain import Explainer
from tests.python.plugin.differential.suite import Script, scripts
from tests.python.plugin.differential.twin import play

SHARDS = 4
SCRIPTS = int(os.environ.get("RECALL_FUZZ_SCRIPTS", "200"))


def faults_of(script: Script) -> list[str]:
    """Play *script* and return what no cure explains."""
    with tempfile.TemporaryDirectory() as folder:
        for number, step in enumerate(play(script, Path(folder))):
            faults = list(Explainer(step).faults())
            if faults:
                outputs = f"{step.stock.outcome.output}\n{step.ours.outcome.output}"
                return [f"step {number} {step.arguments} {step}", *faults, outputs]
    return []


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_difference_to_stock_is_a_named_cure(shard: int) -> None:
    @seed(shard)
    @settings(
        max_examples=SCRIPTS // SHARDS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        # Shrinking plays a script hundreds of times; whoever wants it asks for it.
        phases=(Phase.generate, Phase.shrink)
        if "RECALL_FUZZ_SHRINK" in os.environ
        else (Phase.generate,),
    )
    @given(scripts())
    def check(script: Script) -> None:
        faults = faults_of(script)
        assert not faults, "\n".join(faults)

    check()
