"""Cut and flip the bytes of journals and values, and let a run meet what is left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.plan import LANES, Finding, Plan, in_lanes
from tests.chaos.result import NONE, Row, Tally
from tests.chaos.sides import Project

MODES = ((), ("--lf",), ("--ff", "--nf"), ("--sw",))
"""How the runs that meet the damage are called; all of them run one test, which passes."""

TESTS = """
import os
import pytest


@pytest.mark.parametrize("n", range({count}))
def test_{name}(n):
    if {dies} and n and "CHAOS_DIES" in os.environ:
        os._exit(9)
    mended = "{name}" in os.environ.get("CHAOS_MENDED", "")
    assert mended
"""
FILES = {
    "test_a.py": TESTS.format(name="früh", count=2, dies=False),
    "test_b.py": TESTS.format(name="mended", count=2, dies=False),
    "test_c.py": TESTS.format(name="late", count=2, dies=True),
    "test_d.py": TESTS.format(name="never", count=5, dies=False),
    "test_ok.py": "def test_ok():\n    pass\n",
}
EARLY = tuple(f"test_a.py::test_früh[{n}]" for n in range(2))
MENDED = tuple(f"test_b.py::test_mended[{n}]" for n in range(2))
VALUES = ("cache/lastfailed", "cache/nodeids", "cache/stepwise", "recall/unfinished")


@dataclass(frozen=True)
class Damage:
    """One damaged file: where the damage begins, and the bytes that are there instead."""

    path: str
    """Relative to the cache directory."""
    at: int
    data: bytes
    cut: bool
    mode: tuple[str, ...]


@dataclass
class Found(Finding):
    """What was found out about one side."""

    exceptions: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    kept: dict[str, Tally] = field(default_factory=dict)
    """Kind of file → entries that were whole before the damage."""


def damage_files(plan: Plan) -> list[Row]:
    """Truncate each file at every offset (or every so many), and flip bytes of it."""
    random = plan.random("damage")
    lanes = plan.projects("damage", FILES)
    for project in lanes[0].values():
        fill(plan, project)
    found = {side.name: Found() for side in plan.sides}
    for side in plan.sides:
        pristine = plan.pristine(lanes[0][side.name])
        jobs = list(truncations(plan, pristine))
        names = [path for path, _kind in targets(pristine)]
        for number in range(plan.size.flips):
            path = names[number % len(names)]
            data = bytearray((pristine / path).read_bytes())
            at = random.randrange(len(data))
            data[at] ^= random.randrange(1, 256)
            jobs.append(Damage(path, at, bytes(data), cut=False, mode=random.choice(MODES)))

        def work(lane: int, damage: Damage, name: str = side.name) -> None:
            project = lanes[lane][name]
            _meet(project, plan.pristine(lanes[0][name]), damage, found[name])

        in_lanes(jobs, work)
    return _rows(plan, found)


def fill(plan: Plan, project: Project) -> None:
    """Give *project* known failures, a place of stepwise, unfinished tests and a dead run."""
    # Short reports, since every byte of them will be cut off once.
    project.run("--tb=line", "test_a.py", "test_b.py")
    project.run("--tb=line", "test_b.py", "test_ok.py", CHAOS_MENDED="mended")
    project.run("--tb=line", "--sw", "test_d.py")
    project.run("--tb=line", "test_c.py", "-p", "no:faulthandler", CHAOS_DIES="1")
    shutil.copytree(project.cachedir, plan.pristine(project))


def targets(pristine: Path) -> Iterator[tuple[str, str]]:
    """Yield the files to be damaged, relative to the cache directory, and what they are."""
    for key in VALUES:
        if (pristine / "v" / key).exists():
            yield f"v/{key}", key
    journals = sorted((pristine / "d" / "recall" / "runs").glob("*.jsonl"))
    for path in journals[:1]:
        yield str(path.relative_to(pristine)), "journal of a run that ended"
    for path in journals[-1:]:
        yield str(path.relative_to(pristine)), "journal of a dead run"


def truncations(plan: Plan, pristine: Path) -> Iterator[Damage]:
    """Yield every truncation that is asked for; the last of each file is no damage at all."""
    number = 0
    for path, _kind in targets(pristine):
        data = (pristine / path).read_bytes()
        for at in range(0, len(data) + 1, plan.size.step):
            number += 1
            # Lanes take every second one.
            mode = MODES[number // LANES % len(MODES)]
            yield Damage(path, at, data[:at], cut=True, mode=mode)


def _meet(project: Project, pristine: Path, damage: Damage, found: Found) -> None:
    """Let one run meet *damage*."""
    project.reset(pristine)
    (project.cachedir / damage.path).write_bytes(damage.data)
    kind = dict(targets(pristine))[damage.path]
    after = project.forked(*damage.mode, "test_ok.py")
    what = f"{kind} {'cut' if damage.cut else 'flipped'} at {damage.at} {' '.join(damage.mode)}"
    if after.status or "Traceback" in after.output or "INTERNALERROR" in after.output:
        found.exceptions += 1
        found.note(f"{what}: status {after.status}: {after.output[-300:]}")
    due = whole_before(pristine, kind, damage)
    lost = lost_of(project, kind, damage, due)
    back = [nodeid for nodeid in MENDED if nodeid in project.lastfailed()]
    if kind.startswith("journal") and damage.cut and back:
        lost.append(f"{len(back)} came back")
    found.runs[kind] = found.runs.get(kind, 0) + 1
    found.kept.setdefault(kind, Tally()).add(max(0, len(due) - len(lost)), len(due))
    if lost:
        found.note(f"{what}: lost {lost[:3]}")


def whole_before(pristine: Path, kind: str, damage: Damage) -> list[str]:
    """Return the ids that stand before the damage, or were merged long ago."""
    data = (pristine / damage.path).read_bytes()
    if kind == "journal of a run that ended":
        return list(EARLY)
    if kind == "journal of a dead run":
        lines = data[: damage.at].split(b"\n")[:-1]
        return [event["id"] for event in map(json.loads, lines) if is_failure(event)]
    value = json.loads(data)
    ending = b": true" if kind == "cache/lastfailed" else b""
    whole: list[str] = []
    for nodeid in ids_of(kind, value):
        entry = json.dumps(nodeid, ensure_ascii=False).encode() + ending
        if data.find(entry) + len(entry) <= damage.at:
            whole.append(nodeid)
    return whole


def is_failure(event: dict[str, object]) -> bool:
    """Tell whether an event of a journal says that a test failed."""
    return event["event"] == "test" and event["outcome"] in {"failed", "error"}


def ids_of(kind: str, value: object) -> list[str]:
    """Return the ids that the *value* of a key holds; of stepwise, the place."""
    if isinstance(value, dict) and kind != "cache/lastfailed":
        value = value.get("ids", [value.get("last_failed")])
    return list(map(str, value)) if isinstance(value, (dict, list)) else []


def lost_of(project: Project, kind: str, damage: Damage, due: list[str]) -> list[str]:
    """Return what is lost of the ids that are *due*, and of a file that cannot be read."""
    key = "cache/lastfailed" if kind.startswith("journal") else kind
    keeps = keeps_bytes(project, damage)
    try:
        known = ids_of(key, project.value(key))
    except ValueError:
        # Failures are looked at in every run; what nobody had to read may still be as it was.
        known = due if keeps and key != "cache/lastfailed" else []
    lost = [nodeid for nodeid in due if nodeid not in known]
    if key == "cache/stepwise":
        # A step in another file forgets the place as it is, damaged or not.
        return [] if keeps or "--sw" in damage.mode else lost
    return lost if keeps else [*lost, "the damaged bytes"]


def keeps_bytes(project: Project, damage: Damage) -> bool:
    """Tell whether a value that cannot be read still stands somewhere, byte for byte."""
    path = project.cachedir / damage.path
    if damage.path.startswith("d/") or not damage.data:
        return True
    try:
        value = json.loads(damage.data)
    except ValueError:
        value = None
    if isinstance(value, (dict, list)):
        return True
    beside = [path, *path.parent.glob(f"{path.name}.damaged-*")]
    return any(each.is_file() and each.read_bytes() == damage.data for each in beside)


def _rows(plan: Plan, found: dict[str, Found]) -> list[Row]:
    ours, stock = found[plan.sides[-1].name], found.get("stock")
    rows = [
        Row(
            f"damaged {kind}: kept",
            ours.runs[kind],
            str(stock.kept[kind]) if stock and kind in stock.kept else NONE,
            str(tally),
            "all",
            tally.whole,
            tuple(note for note in ours.notes if note.startswith(kind)),
        )
        for kind, tally in ours.kept.items()
    ]
    total = sum(ours.runs.values())
    beside = f"{stock.exceptions:,} of {sum(stock.runs.values()):,}" if stock else NONE
    text, ok = f"{ours.exceptions:,} of {total:,}", ours.exceptions == 0
    return [*rows, Row("damaged files: runs that failed", total, beside, text, "0", ok)]
