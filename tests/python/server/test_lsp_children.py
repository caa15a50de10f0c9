"""The tree comes in parts: files first, what is below them when it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import WATCHING, Session

from pytest_recall_server.lsp import protocol
from pytest_recall_server.model.batches import FILES, ROWS
from pytest_recall_server.model.rows import UNASKED

TWO = "class TestX:\n    def test_a(self): ...\n\n\ndef test_b(): ...\n"


async def ask(session: Session, *ids: str) -> None:
    await session.request(
        protocol.CHILDREN,
        protocol.ChildrenParams(root=session.root_uri, ids=list(ids)),
        type(None),
    )


def told_since(session: Session, number: int) -> list[protocol.FileNodes]:
    return [change for batch in session.batches[number:] for change in batch.nodes]


@pytest.mark.asyncio
async def test_only_files_are_told_until_more_is_asked_for(project: Write, start: Start) -> None:
    root = project({"test_a.py": TWO, "test_b.py": TWO})
    session = await start(root, asks=False)
    assert [file.tests for file in session.files.values()] == [2, 2]
    assert session.nodes == {}

    await ask(session, "test_b.py")

    assert list(session.nodes) == ["test_b.py"]
    assert [(node.id, node.parent, node.index) for node in session.nodes["test_b.py"].values()] == [
        ("test_b.py::TestX", "test_b.py", 0),
        ("test_b.py::TestX::test_a", "test_b.py::TestX", 0),
        ("test_b.py::test_b", "test_b.py", 1),
    ]


@pytest.mark.asyncio
async def test_what_was_asked_for_is_told_when_it_changes_and_nothing_else(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": TWO, "test_b.py": TWO})
    session = await start(root, asks=False, capabilities=WATCHING)
    await ask(session, "test_a.py")
    before = len(session.batches)

    for name in ("test_a.py", "test_b.py"):
        (root / name).write_text(TWO.replace("test_b", "test_c") + "# more\n")
    session.touched("test_a.py", "test_b.py")
    await session.until(lambda: "test_a.py::test_c" in session.nodes["test_a.py"])

    (change,) = told_since(session, before)
    assert change.path == "test_a.py"
    assert [node.id for node in change.nodes] == ["test_a.py::test_c"]
    assert change.removed == ["test_a.py::test_b"]


@pytest.mark.asyncio
async def test_many_parameters_of_one_function_are_asked_for_by_its_id(
    project: Write, start: Start
) -> None:
    count = 3 * ROWS
    text = f"import pytest\n\n\n@pytest.mark.parametrize('n', range({count}))\ndef test_a(n): ...\n"
    session = await start(project({"test_a.py": text}), asks=False)
    assert session.files["test_a.py"].tests == count
    await ask(session, "test_a.py")
    (function,) = session.nodes["test_a.py"].values()
    assert function.more

    await ask(session, "test_a.py::test_a")

    assert len(session.nodes["test_a.py"]) == 1 + count
    assert not session.nodes["test_a.py"]["test_a.py::test_a"].more
    sizes = [sum(len(each.nodes) for each in batch.nodes) for batch in session.batches]
    assert max(sizes) <= 2 * ROWS
    assert UNASKED < ROWS


@pytest.mark.asyncio
async def test_what_is_not_there_is_passed_over(project: Write, start: Start) -> None:
    session = await start(project({"test_a.py": TWO}), asks=False)

    await ask(session, "", "nowhere.py", "test_a.py::nothing", "::", "test_a.py")

    assert len(session.nodes["test_a.py"]) == 3


@pytest.mark.asyncio
async def test_a_resynchronisation_tells_files_alone_until_more_is_asked_for_again(
    project: Write, start: Start
) -> None:
    session = await start(project({"test_a.py": TWO}), asks=False)
    await ask(session, "test_a.py")
    before = len(session.batches)

    await session.request(protocol.RESYNC, session.root_params(), type(None))
    await session.until(lambda: session.batches[-1].complete and len(session.batches) > before)
    assert told_since(session, before) == []

    await ask(session, "test_a.py")
    (change,) = told_since(session, before)
    assert len(change.nodes) == 3


@pytest.mark.asyncio
async def test_thousands_of_files_come_in_bounded_numbered_messages(
    tmp_path: Path, start: Start
) -> None:
    count = 3 * FILES
    for number in range(count):
        path = tmp_path / f"pkg{number % 7}/test_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("def test_a(): ...\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    session = await start(tmp_path, asks=False)

    assert len(session.files) == count
    assert max(len(batch.files) for batch in session.batches) <= FILES
    assert [batch.state for batch in session.batches] == list(range(1, len(session.batches) + 1))
    assert [batch.complete for batch in session.batches].index(True) == len(session.batches) - 1


@pytest.mark.asyncio
async def test_five_thousand_changed_files_are_one_update(tmp_path: Path, start: Start) -> None:
    names = [f"test_{number}.py" for number in range(5_000)]
    for name in names:
        (tmp_path / name).write_text("def test_a(): ...\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    session = await start(tmp_path, asks=False, capabilities=WATCHING)
    before, summaries = len(session.batches), len(session.summaries)

    for name in names:
        (tmp_path / name).write_text("def test_a(): ...\n\n\ndef test_b(): ...\n")
    # As an editor tells of a checkout: in some bursts.
    for at in range(0, len(names), 500):
        session.touched(*names[at : at + 500])
    await session.until(lambda: session.summary is not None and session.summary.total == 10_000)

    told = [len(batch.files) for batch in session.batches[before:]]
    assert sum(told) == 5_000, "each file is told once"
    assert len([size for size in told if size < FILES]) <= 25
    assert len(session.summaries) - summaries == 1
