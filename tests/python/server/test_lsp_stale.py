"""A result is stale once the source of its test is no longer what it was."""

from __future__ import annotations

# ruff: noqa: S106 # a token names a run
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import WATCHING, Session

BOTH = "def test_a():\n    assert 1\n\n\ndef test_b():\n    assert 0\n"
OTHER_A = BOTH.replace("assert 1", "assert 2")


def stale(session: Session) -> list[str]:
    return [node.id for below in session.nodes.values() for node in below.values() if node.stale]


async def ran(project: Write, start: Start, text: str = BOTH) -> tuple[Path, Session]:
    root = project({"test_a.py": text})
    session = await start(root, capabilities=WATCHING)
    await session.run()
    assert stale(session) == []
    return root, session


async def until_stale(session: Session, *names: str) -> None:
    expected = [f"test_a.py::{name}" for name in names]
    await session.until(lambda: stale(session) == expected)
    await session.until(lambda: session.summary and session.summary.stale == len(names))


def change(session: Session, text: str) -> None:
    (session.root / "test_a.py").write_text(text)
    session.touched("test_a.py")


@pytest.mark.asyncio
async def test_a_changed_test_is_stale_until_it_runs_again_and_no_other_is(
    project: Write, start: Start
) -> None:
    _, session = await ran(project, start)

    change(session, "import os\n\n\n" + OTHER_A)
    await until_stale(session, "test_a")
    await session.run("ids", ["test_a.py::test_a"], token="again")

    await until_stale(session)


@pytest.mark.asyncio
async def test_what_is_typed_makes_a_test_stale_and_undoing_it_does_not(
    project: Write, start: Start
) -> None:
    _, session = await ran(project, start)
    session.open("test_a.py")

    session.edit("test_a.py", 2, (5, 11), (5, 12), "00")
    await until_stale(session, "test_b")
    session.edit("test_a.py", 3, (5, 11), (5, 13), "0")

    await until_stale(session)


@pytest.mark.asyncio
async def test_a_change_while_no_server_runs_is_found_at_the_next_start(
    project: Write, start: Start
) -> None:
    root, session = await ran(project, start)
    await session.stop()
    (root / "test_a.py").write_text(OTHER_A)

    later = await start(root)

    await until_stale(later, "test_a")


@pytest.mark.asyncio
async def test_a_decorator_is_source_too_and_a_syntax_error_forgets_nothing(
    project: Write, start: Start
) -> None:
    _, session = await ran(project, start)

    change(session, "def broken(:\n")
    await session.until(lambda: session.files["test_a.py"].error is not None)
    marked = BOTH.replace("def test_b", "@pytest.mark.slow\ndef test_b")
    change(session, "import pytest\n" + marked)

    await until_stale(session, "test_b")


@pytest.mark.asyncio
async def test_parameters_are_stale_with_their_function(project: Write, start: Start) -> None:
    mark = (
        "import pytest\n\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_n(n):\n    assert n\n"
    )
    _, session = await ran(project, start, mark)

    change(session, mark.replace("assert n", "assert n > 0"))

    await until_stale(session, "test_n[1]", "test_n[2]")


@pytest.mark.asyncio
async def test_an_inherited_test_is_stale_when_its_base_changes(
    project: Write, start: Start
) -> None:
    base = "class Base:\n    def test_x(self):\n        assert 1\n"
    root = project(
        {"base.py": base, "test_a.py": "from base import Base\n\n\nclass TestA(Base): ...\n"}
    )
    session = await start(root, capabilities=WATCHING)
    await session.run()

    (root / "base.py").write_text(base.replace("assert 1", "assert 2"))
    session.touched("base.py")

    await until_stale(session, "TestA::test_x")
