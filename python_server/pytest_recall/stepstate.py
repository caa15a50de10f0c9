"""What stepwise keeps between runs: pytest's `cache/stepwise` and our own key beside it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pytest_recall import store
from pytest_recall.cache import Cache
from pytest_recall.selection import Progress
from pytest_recall.settings import Settings
from pytest_recall.stepwise import LEGACY

PASSED = "recall/stepwise"


@dataclass(frozen=True)
class StepState:
    """What was read, and what to say about it."""

    progress: Progress = field(default_factory=Progress)
    saved: datetime | None = None
    problems: tuple[str, ...] = ()

    def age(self) -> str:
        """Return how old the state is, as the status line has it; empty where pytest has none."""
        if LEGACY or self.saved is None:
            return ""
        now = datetime.now(self.saved.tzinfo)
        age = timedelta(seconds=int((now - self.saved).total_seconds()))
        return f" (cache from {age} ago, use --sw-reset to discard)"


def read_state(cache: Cache, settings: Settings) -> StepState:
    """Read both keys; what cannot be used is discarded with a line that says so.

    A torn value that still names the failed test is gone on from.
    """
    path = store.value_path(cache.directory, settings.key_of(store.STEPWISE))
    reading = store.read_json(path)
    if reading.problem and not LEGACY:
        return _saved_state(cache, settings, path, reading.problem)
    value: Any = reading.value
    if not value:
        return StepState()
    if LEGACY or isinstance(value, str):
        # The id alone, as until 8.4, or what a newer pytest has left to an older one.
        last_failed = value.get("last_failed") if isinstance(value, dict) else value
        if not isinstance(last_failed, str):
            return StepState()
        return StepState(_progress(cache, settings, last_failed, None), None)
    try:
        last_failed = value["last_failed"]
        count = value["last_test_count"]
        saved = datetime.fromisoformat(value["last_cache_date_str"])
        if not isinstance(last_failed, (str, type(None))) or not isinstance(
            count, (int, type(None))
        ):
            message = "unexpected values"
            raise TypeError(message)  # noqa: TRY301 - one way out for all bad contents
    except (KeyError, TypeError, ValueError) as exc:
        problem = f"error reading cache, discarding ({type(exc).__name__}: {exc})"
        return StepState(problems=(problem,))
    return StepState(_progress(cache, settings, last_failed, count), saved)


NAMED = re.compile(rb'"last_failed":\s*("(?:[^"\\\x00-\x1f]|\\[\x20-\x7e])*")')


def _saved_state(cache: Cache, settings: Settings, path: Path, problem: str) -> StepState:
    """Return what is left of a torn state."""
    try:
        match = NAMED.search(path.read_bytes())
        last_failed = json.loads(match[1]) if match else None
    except (OSError, ValueError):
        last_failed = None
    if not last_failed:
        return StepState(problems=(f"error reading cache, discarding ({problem})",))
    said = f"error reading cache, going on from {last_failed} ({problem})"
    return StepState(_progress(cache, settings, last_failed, None), problems=(said,))


def _progress(
    cache: Cache, settings: Settings, last_failed: str | None, count: int | None
) -> Progress:
    own = cache.get(settings.key_of(PASSED), None)
    passed: frozenset[str] | None = None
    # Ours counts only as long as nobody else has moved on since.
    if isinstance(own, dict) and own.get("last_failed") == last_failed is not None:
        listed = own.get("passed")
        if isinstance(listed, list):
            passed = frozenset(nodeid for nodeid in listed if isinstance(nodeid, str))
    return Progress(last_failed, count, passed)


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
