"""Write what stepwise keeps between runs: pytest's `cache/stepwise` and our own key beside it."""

from __future__ import annotations

from datetime import datetime

from pytest_recall import store
from pytest_recall.cache import Cache
from pytest_recall.selection import Progress
from pytest_recall.settings import Settings
from pytest_recall.stepread import PASSED
from pytest_recall.stepwise import LEGACY


def write_state(
    cache: Cache, settings: Settings, progress: Progress, *, keeps_passed: bool
) -> None:
    """Write pytest's key, and ours if *keeps_passed* or if it is there."""
    key = settings.key_of(store.STEPWISE)
    if LEGACY:
        cache.keep(key, progress.last_failed)
    else:
        value = {
            "last_failed": progress.last_failed,
            "last_test_count": progress.count,
            "last_cache_date_str": datetime.now().isoformat(),  # noqa: DTZ005 - pytest's format
        }
        cache.keep(key, value)
    own = settings.key_of(PASSED)
    if keeps_passed:
        passed = sorted(progress.passed or ())
        cache.keep(own, {"version": 1, "last_failed": progress.last_failed, "passed": passed})


def reset_legacy(cache: Cache, settings: Settings) -> None:
    """Until pytest 8.4: a run without `--sw` starts stepwise over."""
    key = settings.key_of(store.STEPWISE)
    if cache.get(key, None) != []:
        cache.keep(key, [])
