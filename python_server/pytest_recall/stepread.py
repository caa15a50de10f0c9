"""Read what stepwise keeps between runs: pytest's `cache/stepwise` and our own key beside it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pytest_recall import store
from pytest_recall.selection import Progress

PASSED = "recall/stepwise"


@dataclass(frozen=True)
class StepState:
    """What was read, and what to say about it."""

    progress: Progress = field(default_factory=Progress)
    saved: datetime | None = None
    problems: tuple[str, ...] = ()

    def age(self) -> str:
        """Return how old the state is, as the status line has it; empty where that is unknown."""
        if self.saved is None:
            return ""
        now = datetime.now(self.saved.tzinfo)
        age = timedelta(seconds=int((now - self.saved).total_seconds()))
        return f" (cache from {age} ago, use --sw-reset to discard)"


def read_state(directory: Path, environment: str = "", *, is_legacy: bool = False) -> StepState:
    """Read both keys of the cache *directory*; what is discarded is told by a problem.

    A torn value that still names the failed test is gone on from. *is_legacy*: as until pytest
    8.4, when the state was the id alone, without a date.
    """
    path = store.value_path(directory, store.key_in(environment, store.STEPWISE))
    own = store.value_path(directory, store.key_in(environment, PASSED))
    reading = store.read_json(path)
    if reading.problem and not is_legacy:
        return _saved_state(path, own, reading.problem)
    value: Any = reading.value
    if not value:
        return StepState()
    if is_legacy or isinstance(value, str):
        # The id alone, as until 8.4, or what a newer pytest has left to an older one.
        last_failed = value.get("last_failed") if isinstance(value, dict) else value
        if not isinstance(last_failed, str):
            return StepState()
        return StepState(_progress(own, last_failed, None))
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
    return StepState(_progress(own, last_failed, count), saved)


NAMED = re.compile(rb'"last_failed":\s*("(?:[^"\\\x00-\x1f]|\\[\x20-\x7e])*")')


def _saved_state(path: Path, own: Path, problem: str) -> StepState:
    """Return what is left of a torn state."""
    try:
        match = NAMED.search(path.read_bytes())
        last_failed = json.loads(match[1]) if match else None
    except (OSError, ValueError):
        last_failed = None
    if not last_failed:
        return StepState(problems=(f"error reading cache, discarding ({problem})",))
    said = f"error reading cache, going on from {last_failed} ({problem})"
    return StepState(_progress(own, last_failed, None), problems=(said,))


def _progress(path: Path, last_failed: str | None, count: int | None) -> Progress:
    own = store.read_json(path).value
    passed: frozenset[str] | None = None
    # Ours counts only as long as nobody else has moved on since.
    if isinstance(own, dict) and own.get("last_failed") == last_failed is not None:
        listed = own.get("passed")
        if isinstance(listed, list):
            passed = frozenset(nodeid for nodeid in listed if isinstance(nodeid, str))
    return Progress(last_failed, count, passed)
