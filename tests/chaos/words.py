"""Read what runs have told (`plugins/chaos_oracle.py`), and say what must be remembered of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

NEAR = 0.1
"""Two words on a test that are nearer than this (seconds) may be in either order."""


@dataclass(frozen=True)
class Told:
    """What one run has told of its tests."""

    selected: tuple[str, ...] = ()
    began: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    """Those with a failed report."""
    over: frozenset[str] = frozenset()
    """Those of which all phases are over."""
    times: dict[str, float] = field(default_factory=dict)
    """id → when the last word on it was told, in seconds since the epoch."""
    last: str = ""
    """The test that was over last."""
    ended: bool = False
    """Whether the run has come to its end."""

    @property
    def passed(self) -> frozenset[str]:
        """Those that are over without a failed report."""
        return self.over - self.failed

    @property
    def doubtful(self) -> frozenset[str]:
        """Those of which a killed run may have told less, or more, than it has stored.

        One was running when it died: its outcome may have been stored, and not told any more.
        Another was over last: that a test has passed is stored with the begin of the next.
        """
        if self.ended:
            return frozenset()
        return (self.began - self.over - self.failed) | {self.last}


def read_words(path: Path) -> dict[int, Told]:
    """Return what each run has told (process id → what)."""
    lines: dict[int, list[dict[str, object]]] = {}
    if path.exists():
        for text in path.read_bytes().splitlines():
            line = json.loads(text)
            lines.setdefault(line["run"], []).append(line)
    return {run: _told(of_run) for run, of_run in lines.items()}


def _told(lines: list[dict[str, object]]) -> Told:
    found: dict[str, set[str]] = {"began": set(), "failed": set(), "over": set()}
    selected: dict[str, None] = {}
    times: dict[str, float] = {}
    last, ended = "", False
    for line in lines:
        word = str(line["word"])
        if word == "selected":
            ids = line["ids"]
            selected |= dict.fromkeys(map(str, ids if isinstance(ids, list) else ()))
            continue
        if word == "ended":
            ended = True
            continue
        last = str(line["id"]) if word == "over" else last
        found[word].add(str(line["id"]))
        times[str(line["id"])] = float(str(line["time"]))
    began, failed, over = (frozenset(found[word]) for word in ("began", "failed", "over"))
    return Told(tuple(selected), began, failed, over, times, last, ended)


@dataclass(frozen=True)
class LastWords:
    """What all runs together have said last."""

    failed: frozenset[str]
    passed: frozenset[str]


def last_words(runs: dict[int, Told]) -> LastWords:
    """Return the last word on each test; one that is too near to another is left out."""
    words: dict[str, list[tuple[float, bool]]] = {}
    doubtful: set[str] = set()
    for told in runs.values():
        doubtful |= told.doubtful
        for nodeid in told.failed | told.passed:
            words.setdefault(nodeid, []).append((told.times[nodeid], nodeid in told.failed))
    last: dict[bool, set[str]] = {True: set(), False: set()}
    for nodeid, said in words.items():
        time, failed = max(said)
        near = any(other != failed and when > time - NEAR for when, other in said)
        if not near and nodeid not in doubtful:
            last[failed].add(nodeid)
    return LastWords(frozenset(last[True]), frozenset(last[False]))
