"""Kill a process that writes a big value, and read while one is being written."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from random import Random

from tests.chaos.plan import Plan
from tests.chaos.result import NONE, Row
from tests.chaos.sides import LIMIT, Project

COUNT = 100_000
PAUSE = 0.002
"""Seconds between two reads."""
FILES = {"test_a.py": "def test_a():\n    pass\n"}


def kill_writers(plan: Plan) -> list[Row]:
    """Kill `plan.size.writes` writers of each side at a random moment, and read what they leave."""
    random = plan.random("writers")
    projects = [plan.project("writers", side, FILES) for side in plan.sides]
    invalid = {project.side.name: 0 for project in projects}
    for _ in range(plan.size.writes):
        moment = random.uniform(0.0, 0.5)
        for project in projects:
            process = start_writer(project)
            time.sleep(moment)
            end(process)
            path = project.cachedir / "v" / "cache" / "lastfailed"
            invalid[project.side.name] += not is_whole(path.read_bytes())
    texts = {name: f"{count:,} of {plan.size.writes:,}" for name, count in invalid.items()}
    ours = plan.sides[-1].name
    title = "writer of 100,000 ids killed: invalid files"
    ok = invalid[ours] == 0
    return [Row(title, plan.size.writes, texts.get("stock", NONE), texts[ours], "0", ok)]


def start_writer(project: Project) -> subprocess.Popen[str]:
    """Start a run that writes for ever, and wait until the first value stands."""
    process = project.start(
        "-s", "-p", "chaos_writer", CHAOS_COUNT=str(COUNT), CHAOS_TIMES="1000000000"
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if line != "writing\n":
        end(process)
        raise RuntimeError(f"the writer said {line!r}")
    return process


def end(process: subprocess.Popen[str]) -> None:
    """Kill the writer and wait for it."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=LIMIT)


def is_whole(data: bytes) -> bool:
    """Tell whether *data* is one of the values written, from its first to its last id."""
    try:
        value = json.loads(data)
    except ValueError:
        return False
    return len(value) == COUNT and len({nodeid[-3:] for nodeid in value}) == 1


@dataclass
class Reads:
    """What a reader saw."""

    torn: int = 0
    wrong: str = ""


def read_during_writes(plan: Plan) -> list[Row]:
    """Read the value many times per side while a run writes it; the sides take turns."""
    turns = max(1, plan.size.reads // 5_000)
    random = plan.random("reads")
    projects = [plan.project("reads", side, FILES) for side in plan.sides]
    seen = {project.side.name: Reads() for project in projects}
    for _ in range(turns):
        for project in projects:
            process = start_writer(project)
            try:
                poll(project, plan.size.reads // turns, seen[project.side.name], random)
            finally:
                end(process)
    reads = plan.size.reads // turns * turns
    texts = {
        name: f"{each.torn:,} ({100 * each.torn / reads:.1f} %)" for name, each in seen.items()
    }
    ours = seen[plan.sides[-1].name]
    notes = (ours.wrong,) if ours.wrong else ()
    title = "reader polling 100,000 ids: torn reads"
    beside, text = texts.get("stock", NONE), texts[plan.sides[-1].name]
    return [Row(title, reads, beside, text, "0", ours.torn == 0, notes)]


def poll(project: Project, times: int, seen: Reads, random: Random) -> None:
    """Read the value *times* times.

    Parsing each would take far longer than reading it, so only its ends and its length are looked
    at: both generations are equally long, and each id names its own. Some are parsed all the same.
    """
    path = project.cachedir / "v" / "cache" / "lastfailed"
    length = len(json.dumps({name(i): True for i in range(COUNT)}, indent=2))
    for _ in range(times):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = b""
        first, last = data[:60].partition(b"]")[0][-2:], data[-60:].rpartition(b"]")[0][-2:]
        whole = len(data) == length and first == last and data.endswith(b"\n}")
        if whole and random.random() < 0.002:
            whole = is_whole(data)
        if not whole:
            seen.torn += 1
            seen.wrong = seen.wrong or f"{len(data)} of {length} bytes, ends in {data[-20:]!r}"
        # Without a pause the short reads, which are the torn ones, would be the most.
        time.sleep(PAUSE)


def name(number: int) -> str:
    """Return an id of the writer's; any generation, for its length."""
    return f"pkg/test_{number % 500:03}.py::test_{number:06}[0]"
