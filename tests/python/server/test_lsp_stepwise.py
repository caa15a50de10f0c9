"""Where stepwise stands, step by step: with the real pytest, ours and a terminal's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.support import PATIENCE, Session

from pytest_recall_server.lsp import protocol

STEPS = """\
import pytest

def test_1(): pass
@pytest.mark.slow
def test_2(): pass
def test_3(): assert 3 == 30
def test_4(): pass
def test_5(): assert 5 == 50
def test_6(): pass
"""
INI = "[pytest]\nmarkers = slow\n"
FILES = {"pytest.ini": INI, "test_a.py": STEPS}


def ident(number: int) -> str:
    return f"test_a.py::test_{number}"


async def stand(session: Session, ids: Sequence[str] = ()) -> protocol.StepwiseResult:
    """Ask where stepwise stands."""
    params = protocol.StepwiseParams(
        root=session.root_uri,
        selection=protocol.Selection(kind="stepwise", ids=list(ids)),
    )
    return await session.request(protocol.STEPWISE, params, protocol.StepwiseResult)


def drawn(found: protocol.StepwiseResult) -> str:
    """Return `test_3 3/6`, with `?` for what is not known."""
    test = "none" if found.test is None else found.test.rpartition("::")[2]
    place, total = ("?" if each is None else each for each in (found.position, found.total))
    return f"{test} {place}/{total}"


async def step(
    session: Session,
    kind: protocol.SelectionKind = "stepwise",
    ids: Sequence[str] = (),
) -> tuple[list[int], str]:
    """Take a step; return the numbers of the tests that ran, and where it stands then."""
    session.events.clear()
    await session.run(kind, ids)
    ran = [int(each.rpartition("_")[2]) for each in session.outcomes()]
    return ran, drawn(await stand(session, ids))


async def terminal(root: Path, *arguments: str) -> str:
    """Run stock pytest as in a terminal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-p", "no:asyncio", *arguments),
        cwd=root,
        env=clean_environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return output.decode()


def mend(session: Session, *numbers: int) -> None:
    path = session.root / "test_a.py"
    text = path.read_text("utf-8")
    for number in numbers:
        text = text.replace(f"{number} == {number}0", f"{number} == {number}")
    path.write_text(text, "utf-8")
    session.touched("test_a.py")


@pytest.mark.asyncio
async def test_each_step_goes_on_from_the_failure_and_tells_its_place_and_reason(
    project: Write, start: Start
) -> None:
    session = await start(project(FILES))

    assert drawn(await stand(session)) == "none ?/?"
    assert await step(session) == ([1, 2, 3], "test_3 3/6")
    found = await stand(session)
    assert found.record is not None
    assert found.record.message == "assert 3 == 30"
    assert found.record.location is not None
    assert found.record.location.range.start.line == 5
    assert not found.through
    assert await step(session) == ([3], "test_3 3/6")
    mend(session, 3)
    assert await step(session) == ([3, 4, 5], "test_5 5/6")
    mend(session, 5)
    assert await step(session) == ([5, 6], "none ?/6")
    found = await stand(session)
    assert (found.through, found.passed) == (True, 6)


@pytest.mark.asyncio
async def test_a_failure_that_was_left_behind_is_not_run_again_and_a_reset_begins_anew(
    project: Write, start: Start
) -> None:
    session = await start(project(FILES))

    await step(session)

    assert await step(session, "stepwiseSkip") == ([3, 4, 5], "test_5 5/6")
    assert await step(session) == ([5], "test_5 5/6")
    assert await step(session, "stepwiseReset") == ([1, 2, 3], "test_3 3/6")
    # The terminal leaves behind what the editor does.
    assert await step(session, "stepwiseSkip") == ([3, 4, 5], "test_5 5/6")
    assert "1 failed, 4 deselected" in await terminal(session.root, "--sw")
    lines = [each.terminal or "" for each in session.started]
    assert [line.rpartition(" ")[2] for line in lines] == [
        *("--sw", "--sw-skip", "--sw", "--sw-reset", "--sw-skip")
    ]


@pytest.mark.asyncio
async def test_steps_of_stock_pytest_in_a_terminal_and_ours_are_of_one_walk(
    project: Write, start: Start
) -> None:
    session = await start(project(FILES))

    assert await step(session) == ([1, 2, 3], "test_3 3/6")
    mend(session, 3)
    await terminal(session.root, "--sw")
    assert drawn(await stand(session)) == "test_5 5/6"
    assert await step(session) == ([5], "test_5 5/6")
    assert "1 failed, 4 deselected" in await terminal(session.root, "--sw")
    mend(session, 5)
    await terminal(session.root, "--sw")

    found = await stand(session)
    assert (found.test, found.through, found.passed) == (None, True, None)


@pytest.mark.asyncio
async def test_a_file_that_cannot_be_collected_stops_the_step_before_its_first_test(
    project: Write, start: Start
) -> None:
    session = await start(project(FILES))
    await step(session)
    (session.root / "test_b.py").write_text("import nowhere\n")

    assert await step(session) == ([], "test_3 3/6")
    found = await stand(session)
    assert found.error is not None
    assert found.error.id == "test_b.py"
    assert "nowhere" in (found.error.message or "")
    assert found.error.location is not None

    (session.root / "test_b.py").unlink()
    mend(session, 3)
    assert await step(session) == ([3, 4, 5], "test_5 5/6")
    assert (await stand(session)).error is None


@pytest.mark.asyncio
async def test_a_test_that_is_gone_has_no_place_and_the_next_step_begins_at_the_first(
    project: Write, start: Start
) -> None:
    session = await start(project(FILES))
    await step(session)
    path = session.root / "test_a.py"
    path.write_text(STEPS.replace("test_3", "test_30"), "utf-8")
    session.touched("test_a.py")
    await terminal(session.root, "test_a.py::test_1")

    assert await step(session) == ([1, 2, 30], "test_30 3/6")


@pytest.mark.asyncio
async def test_only_what_runs_is_counted_and_a_walk_can_be_that_of_chosen_tests(
    project: Write, start: Start
) -> None:
    session = await start(project(FILES), args=["-m", "not slow"])

    assert await step(session) == ([1, 3], "test_3 2/5")
    assert await step(session) == ([3], "test_3 2/5")
    mend(session, 3)
    chosen = [ident(3), ident(5), ident(6)]
    assert await step(session, ids=chosen) == ([3, 5], "test_5 2/3")


@pytest.mark.asyncio
async def test_under_xdist_the_place_is_that_in_the_order_of_collection(
    project: Write, start: Start
) -> None:
    session = await start(project(FILES), args=["-n", "2"])

    result = await session.run("stepwise")

    found = await stand(session)
    assert result.exit_status == 2
    assert drawn(found) in {"test_3 3/6", "test_5 5/6"}
    assert found.passed is None


@pytest.mark.asyncio
async def test_a_preview_of_a_reset_begins_at_the_first_test(project: Write, start: Start) -> None:
    session = await start(project(FILES))
    await step(session)

    totals = {}
    kinds: tuple[protocol.SelectionKind, ...] = ("stepwise", "stepwiseSkip", "stepwiseReset")
    for kind in kinds:
        selection = protocol.Selection(kind=kind)
        params = protocol.PreviewParams(root=session.root_uri, selection=selection)
        found = await session.request(protocol.PREVIEW, params, protocol.PreviewResult)
        totals[kind] = (found.deselected, found.total)

    assert totals == {"stepwise": (2, 4), "stepwiseSkip": (2, 4), "stepwiseReset": (0, 6)}
