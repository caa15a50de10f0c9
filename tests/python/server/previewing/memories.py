"""What may be remembered of a project: by chance, true and stale."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from pytest_recall_server.model.changes import Selection, SelectionKind
from pytest_recall_server.model.ids import ancestors_of, folders_of, function_of, path_of

KINDS: tuple[SelectionKind, ...] = (
    *("all", "ids", "lastFailed", "outstanding", "failedFirst", "newFirst", "stepwise"),
)
TIMES = (1_700_000_000_000_000_000, 1_700_000_000_000_000_400, 1_700_000_001_500_000_000)
"""Nanoseconds; the first two are one time to pytest, which has them as a float."""


@dataclass(frozen=True)
class Keys:
    """The values of a cache; None: there is no such key."""

    lastfailed: tuple[str, ...] | None = None
    nodeids: tuple[str, ...] | None = None
    unfinished: tuple[str, ...] | None = None
    stepwise: object = None
    passed: object = None
    times: dict[str, int] = field(default_factory=dict)
    """Path of a file → when it was changed."""


def keys_of(ids: list[str], paths: list[str], random: Random) -> Keys:
    """Return what may be remembered of a project with the tests *ids* in *paths*."""
    sometimes = [*ids, *_stale(ids, random)]
    last = random.choice(sometimes) if sometimes else "test_gone.py::test_gone"
    passed = {"version": 1, "last_failed": last, "passed": _some(sometimes, random)}
    if random.randrange(6) == 0:
        passed["last_failed"] = "test_other.py::test_other"
    return Keys(
        lastfailed=_maybe(_some(sometimes, random, 4), random),
        nodeids=_maybe(sorted(_some(sometimes, random)), random),
        unfinished=_maybe(_some(sometimes, random, 5), random),
        stepwise=random.choice((last, _state(last, len(ids), random), None)),
        passed=random.choice((passed, None)),
        times={path: random.choice(TIMES) for path in paths},
    )


def _state(last: str, count: int, random: Random) -> dict[str, object]:
    return {
        "last_failed": random.choice((last, last, last, None)),
        "last_test_count": count + random.randrange(2),
        "last_cache_date_str": "2026-01-02T03:04:05",
    }


def _stale(ids: list[str], random: Random) -> list[str]:
    """Return ids that no test has (any more): of files, classes, parameters and what is gone."""
    found = ["test_gone.py::test_gone", "nowhere/test_gone.py"]
    for node_id in random.sample(ids, min(len(ids), 4)):
        function = function_of(node_id)
        around = (*ancestors_of(node_id), *folders_of(path_of(node_id)))
        found += [f"{function}_gone", f"{function}[gone]", random.choice(around)]
    return found


def _some(ids: list[str], random: Random, most: int | None = None) -> list[str]:
    count = random.randint(0, len(ids) if most is None else min(most, len(ids)))
    return random.sample(ids, count)


def _maybe(ids: list[str], random: Random) -> tuple[str, ...] | None:
    return None if random.randrange(8) == 0 else tuple(ids)


def write(cache_dir: Path, keys: Keys) -> None:
    """Make the cache hold *keys* and nothing else."""
    values = cache_dir / "v"
    shutil.rmtree(values, ignore_errors=True)
    values.mkdir(parents=True)
    failed, unfinished = keys.lastfailed, keys.unfinished
    contents = {
        "cache/lastfailed": None if failed is None else dict.fromkeys(failed, True),
        "cache/nodeids": keys.nodeids,
        "cache/stepwise": keys.stepwise,
        "recall/stepwise": keys.passed,
        "recall/unfinished": None if unfinished is None else {"version": 1, "ids": unfinished},
    }
    for key, value in contents.items():
        if value is not None:
            path = values / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value, indent=2), "utf-8")


def selections(ids: list[str], random: Random) -> list[Selection]:
    """Return one selection of each kind, some of them narrowed or with something excluded."""
    return [_selection(kind, ids, random) for kind in KINDS]


def _selection(kind: SelectionKind, ids: list[str], random: Random) -> Selection:
    narrowed = kind == "ids" or (kind != "all" and random.randrange(3) == 0)
    chosen = _places(ids, random) if narrowed else ()
    exclude = _places(ids, random)[:1] if random.randrange(4) == 0 else ()
    return Selection(kind=kind, ids=chosen, exclude=exclude)


def _places(ids: list[str], random: Random) -> tuple[str, ...]:
    """Return tests, functions, classes, files and folders, or the root."""
    found = []
    for node_id in random.sample(ids, min(len(ids), 3)):
        around = (node_id, node_id, *ancestors_of(node_id), *folders_of(path_of(node_id)))
        found.append(random.choice(around))
    return tuple(found) or ("",)
