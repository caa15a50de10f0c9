"""How tests play what hypothesis makes up."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings


def playing(examples: int) -> settings:
    """Return the settings of a test that plays so many *examples*, each of them slow."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        # Shrinking plays hundreds more; whoever wants it asks for it.
        phases=(Phase.generate, Phase.shrink)
        if "RECALL_FUZZ_SHRINK" in os.environ
        else (Phase.generate,),
    )
