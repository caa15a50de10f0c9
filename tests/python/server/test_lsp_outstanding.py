"""Tests that a run has selected and not finished, from the run to the next one."""

from __future__ import annotations

# ruff: noqa: S106 # a token names a run
import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session
from tests.python.server.test_lsp_runs import WAITING, answered, begin, until_file
from tests.python.server.test_lsp_tree import LAUNCHER, remember, run_in_terminal

from pytest_recall_server.lsp import protocol

FILE = "test_some.py"
BEFORE, RUNNING, AFTER = (f"{FILE}::test_{name}" for name in ("before", "waiting", "after"))
SLOW = WAITING.format(guard="pass")
QUICK = SLOW.replace("    while True:\n        time.sleep(0.01)\n", "")
KILLED = "did not finish: the run was killed while this test was running"
LEFT = [f"!~{FILE}", "  !test_before (5)", "  ~test_waiting (9)", "  ~test_after (18)"]
FAIL_FIRST = "def test_a(): ...\n\n\ndef test_b():\n    assert 0\n\n\ndef test_c(): ...\n"


def unfinished_in(root: Path) -> list[str]:
    """Return what the cache says is unfinished."""
    path = root / ".pytest_cache/v/recall/unfinished"
    return list(json.loads(path.read_text())["ids"]) if path.exists() else []


def leave_unfinished(root: Path, ids: list[str]) -> None:
    """Write what a run has left unfinished, in place as other tools may."""
    folder = root / ".pytest_cache/v/recall"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "unfinished").write_text(json.dumps({"version": 1, "ids": ids}))


async def run_until_killed(root: Path, session: Session) -> protocol.RunResult:
    """Run all tests and kill pytest with its children in the midst of them."""
    _, answer = await begin(session)
    await until_file(root / "waiting")
    await session.until(lambda: session.summary and session.summary.running)
    assert session.summary is not None
    assert session.summary.unfinished == 0
    os.killpg(int((root / "pids").read_text().split()[0]), signal.SIGKILL)
    return answered(session, await answer)


def counts(session: Session) -> tuple[int, int]:
    """Return how many tests are failed and unfinished."""
    assert session.summary is not None
    return session.summary.failed, session.summary.unfinished


async def until_counts(session: Session, failed: int, unfinished: int) -> None:
    """Wait until so many tests are failed and unfinished."""
    await session.until(lambda: counts(session) == (failed, unfinished))


@pytest.mark.asyncio
async def test_what_a_killed_run_left_is_unfinished_and_the_test_it_was_in_says_so(
    project: Write, start: Start
) -> None:
    root = project({FILE: SLOW})
    session = await start(root)
    session.open(FILE)

    result = await run_until_killed(root, session)

    assert (result.exit_status, result.counts) == (None, {"failed": 1})
    assert session.draw().splitlines() == LEFT
    await until_counts(session, 1, 2)
    record = session.records[RUNNING]
    assert (record.outcome, record.message) == ("unfinished", KILLED)
    assert record.location is not None
    assert record.location.range.start.line == 9
    told = [event.kind for events in session.events for event in events.events]
    assert told.count("unfinished") == 1
    assert AFTER not in session.records
    assert session.draw_markers(FILE) == [
        "6:4 AssertionError: known before",
        f"9:0 {KILLED}",
        "18 unfinished",
    ]
    assert unfinished_in(root) == [RUNNING, AFTER]
    again = await start(root)
    assert again.draw().splitlines() == LEFT
    assert again.records[RUNNING].message == KILLED
    assert again.records[BEFORE].message == "AssertionError: known before"
    assert counts(again) == (1, 2)


@pytest.mark.asyncio
async def test_rerunning_what_is_outstanding_runs_exactly_that_and_then_nothing_is(
    project: Write, start: Start
) -> None:
    root = project({FILE: SLOW, "test_other.py": "def test_good(): ...\n"})
    session = await start(root)
    await run_until_killed(root, session)
    (root / FILE).write_text(QUICK.replace("assert 0", "assert 1"))

    await session.run("outstanding", token="again")

    assert session.outcomes("again") == dict.fromkeys([BEFORE, RUNNING, AFTER], "passed")
    assert "run-outstanding: " in session.output("again")
    await until_counts(session, 0, 0)
    assert RUNNING in session.records
    assert session.records[RUNNING].outcome == "passed"
    assert not any(sign in session.draw() for sign in "!~")
    assert unfinished_in(root) == []


@pytest.mark.asyncio
async def test_only_failures_are_outstanding_too_and_nothing_runs_where_nothing_is(
    project: Write, start: Start
) -> None:
    root = project({FILE: FAIL_FIRST})
    session = await start(root)

    nothing = await session.run("outstanding", token="nothing")
    await session.run(token="all")
    await session.run("outstanding", token="again")

    assert (nothing.exit_status, nothing.counts, nothing.problem) == (0, {}, None)
    assert session.outcomes("again") == {f"{FILE}::test_b": "failed"}


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["interrupted", "stopped at the first failure"])
async def test_what_a_run_that_ended_itself_did_not_reach_is_unfinished_without_a_mark(
    project: Write, start: Start, way: str
) -> None:
    is_interrupted = way == "interrupted"
    root = project({FILE: SLOW if is_interrupted else FAIL_FIRST})
    session = await start(root, args=[] if is_interrupted else ["-x"])
    session.open(FILE)

    _, answer = await begin(session)
    if is_interrupted:
        await until_file(root / "waiting")
        # Not by a request: a machine that is busy is slower than that has patience.
        os.killpg(int((root / "pids").read_text().split()[0]), signal.SIGINT)
    await answer

    left = [RUNNING, AFTER] if is_interrupted else [f"{FILE}::test_c"]
    assert unfinished_in(root) == left
    await until_counts(session, 1, len(left))
    assert not set(left) & session.records.keys()
    words = [mark for mark in session.draw_markers(FILE) if mark.endswith("unfinished")]
    assert len(words) == len(left)
    again = await start(root)
    assert counts(again) == (1, len(left))
    assert not set(left) & again.records.keys()


@pytest.mark.asyncio
async def test_a_run_of_a_terminal_that_is_killed_leaves_the_same(
    project: Write, start: Start
) -> None:
    root = project({FILE: SLOW})
    session = await start(root)
    terminal = await asyncio.create_subprocess_exec(
        *(sys.executable, LAUNCHER, "--recall-live", "--"),
        cwd=root,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    await until_file(root / "waiting")
    await session.until(lambda: session.summary and session.summary.running)

    os.killpg(terminal.pid, signal.SIGKILL)
    await terminal.wait()

    await session.until(lambda: session.ended)
    await until_counts(session, 1, 2)
    assert session.draw().splitlines() == LEFT
    assert session.records[RUNNING].message == KILLED


@pytest.mark.asyncio
async def test_the_number_of_unfinished_tests_never_goes_back_and_forth(
    project: Write, start: Start
) -> None:
    root = project({FILE: SLOW})
    session = await start(root)

    await run_until_killed(root, session)
    await session.until(lambda: session.summary and session.summary.running is None)
    await session.request(protocol.RESYNC, session.root_params(), type(None))

    seen = [
        number for number, _ in itertools.groupby(each.unfinished for each in session.summaries)
    ]
    assert seen == [0, 2]


@pytest.mark.asyncio
async def test_a_failure_that_was_running_when_its_run_was_killed_keeps_its_reason(
    project: Write, start: Start
) -> None:
    root = project({FILE: "def test_waiting():\n    assert 0, 'known before'\n"})
    session = await start(root)
    await session.run(token="first")
    (root / FILE).write_text(SLOW.replace("def test_before", "def before"))

    await run_until_killed(root, session)

    again = await start(root)
    for one in (session, again):
        await until_counts(one, 1, 1)
        assert one.records[RUNNING].message == "AssertionError: known before"
        assert "!test_waiting" in one.draw()


@pytest.mark.asyncio
async def test_what_others_write_is_read_again_and_orders_the_files(
    project: Write, start: Start
) -> None:
    names = ("failed", "unfinished", "new", "old")
    root = project({f"test_{name}.py": "def test_x(): ...\n" for name in names})
    known = [f"test_{name}.py::test_x" for name in names if name != "new"]
    remember(root, ["test_failed.py::test_x"], known)
    for number, name in enumerate(names):
        os.utime(root / f"test_{name}.py", (number, number))
    session = await start(root)

    leave_unfinished(root, ["test_unfinished.py::test_x"])
    await until_counts(session, 1, 1)

    order = sorted(session.files.values(), key=lambda file: file.sort_text)
    assert [file.path for file in order] == [f"test_{name}.py" for name in names]
    leave_unfinished(root, [])
    await until_counts(session, 1, 0)
    assert "~" not in session.draw()


@pytest.mark.asyncio
async def test_a_test_that_is_failed_is_not_unfinished(project: Write, start: Start) -> None:
    root = project({FILE: FAIL_FIRST})
    remember(root, [f"{FILE}::test_b"])
    leave_unfinished(root, [f"{FILE}::test_b", f"{FILE}::test_c"])

    session = await start(root)

    assert counts(session) == (1, 1)
    assert session.draw().splitlines() == [
        f"!~{FILE}",
        "  test_a (0)",
        "  !test_b (3)",
        "  ~test_c (7)",
    ]


@pytest.mark.asyncio
async def test_a_value_of_a_newer_version_is_taken_for_empty(project: Write, start: Start) -> None:
    root = project({FILE: FAIL_FIRST})
    leave_unfinished(root, [])
    path = root / ".pytest_cache/v/recall/unfinished"
    path.write_text('{"version": 2, "ids": ["test_some.py::test_c"]}')

    session = await start(root)

    assert (counts(session), session.roots[0].problems) == ((0, 0), [])


@pytest.mark.asyncio
@pytest.mark.parametrize("args", [["--collect-only"], ["-x", "--recall-readonly"]], ids=" ".join)
async def test_a_run_that_changes_nothing_leaves_nothing_unfinished(
    project: Write, start: Start, args: list[str]
) -> None:
    root = project({FILE: FAIL_FIRST})
    session = await start(root, args=args)

    await session.run()
    await session.request(protocol.RESYNC, session.root_params(), type(None))

    assert {summary.unfinished for summary in session.summaries} == {0}
    assert counts(session) == (0, 0)
    assert unfinished_in(root) == []


@pytest.mark.asyncio
async def test_unfinished_tests_that_are_gone_are_forgotten_by_a_rerun(
    project: Write, start: Start
) -> None:
    root = project({FILE: FAIL_FIRST, "unusual.py": "def test_x(): ...\n"})
    left = ["nowhere.py::test_x", f"{FILE}::test_gone", f"{FILE}::test_a", "unusual.py::test_x"]
    leave_unfinished(root, left)
    session = await start(root)

    await session.run("outstanding")

    assert session.outcomes() == {f"{FILE}::test_a": "passed", "unusual.py::test_x": "passed"}
    await until_counts(session, 0, 0)
    assert unfinished_in(root) == []


def finding_kinds(result: protocol.DoctorResult) -> set[str]:
    """Return the kinds of the problems in an answer of the doctor."""
    return {each.kind for each in result.findings if each.level == "problem"}


async def ask_doctor(session: Session, *, repair: bool) -> protocol.DoctorResult:
    """Have the cache examined, or repaired."""
    params = protocol.DoctorParams(root=session.root_uri, repair=repair)
    return await session.request(protocol.DOCTOR, params, protocol.DoctorResult)


@pytest.mark.asyncio
async def test_a_sound_cache_and_none_at_all_have_nothing_to_repair(
    project: Write, start: Start
) -> None:
    root = project({FILE: FAIL_FIRST})
    session = await start(root, trusted=False)
    nothing = await ask_doctor(session, repair=True)
    existed = (root / ".pytest_cache").exists()
    await run_in_terminal(root)

    sound = await ask_doctor(session, repair=False)

    assert (nothing.tests, nothing.findings, existed) == (0, [], False)
    assert (sound.runs, sound.failures, sound.unfinished, sound.tests) == (1, 1, 0, 3)
    assert finding_kinds(sound) == set()


@pytest.mark.asyncio
async def test_a_damaged_cache_is_repaired_in_restricted_mode_and_told_anew(
    project: Write, start: Start
) -> None:
    root = project({FILE: FAIL_FIRST})
    await run_in_terminal(root)
    lastfailed = root / ".pytest_cache/v/cache/lastfailed"
    before = lastfailed.read_text()
    session = await start(root, trusted=False)
    session.open(FILE)
    lastfailed.write_text('{"test_some')
    (journal,) = (root / ".pytest_cache/d/recall/runs").iterdir()
    with journal.open("ab") as file:
        file.write(b'{"event":"te')
    await session.until(lambda: session.roots[0].problems)

    found = await ask_doctor(session, repair=False)
    changes = session.cache_changes
    repaired = await ask_doctor(session, repair=True)

    assert {"damaged-value", "torn-journal"} <= finding_kinds(found)
    assert all(each.done and not each.error for each in repaired.repairs)
    assert finding_kinds(repaired) == set()
    assert json.loads(lastfailed.read_text()) == json.loads(before)
    await session.until(lambda: not session.roots[0].problems)
    assert session.cache_changes > changes
    assert counts(session) == (1, 0)
    assert session.draw_markers(FILE) == ["4:4 assert 0"]


@pytest.mark.asyncio
async def test_a_cache_that_cannot_be_examined_says_why(project: Write, start: Start) -> None:
    root = project({FILE: FAIL_FIRST, ".pytest_cache": "a file"})
    session = await start(root)

    with pytest.raises(Exception, match=r"The cache cannot be examined: .* is not a directory"):
        await ask_doctor(session, repair=False)
