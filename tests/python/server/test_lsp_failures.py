"""Going through all failures: which there are, in which order, and where they are now."""

from __future__ import annotations

import os

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session
from tests.python.server.test_lsp_tree import run_in_terminal

from pytest_recall_server.lsp.protocol import FailuresResult

FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "helper.py": "def check():\n    assert 0\n",
    "a/test_old.py": "def test_low():\n    pass\n\n\ndef test_old():\n    assert 1 == 2\n",
    "b/test_new.py": (
        "from helper import check\n\n\n"
        "def test_first():\n    check()\n\n\n"
        "def test_second():\n    assert 3 == 4\n"
    ),
    "test_last.py": "def test_last():\n    assert 5 == 6\n",
    "libs/pytest.ini": "[pytest]\n",
    "libs/test_lib.py": "def test_lib():\n    assert 7 == 8\n",
}


async def places(session: Session) -> list[str]:
    """Return all failures, a line each."""
    found = await session.request("recall/failures", None, FailuresResult)
    return [
        f"{each.id} {_place(session, each.location.uri)}:{each.location.range.start.line}"
        f"{' outdated' if each.outdated else ''}"
        for each in found.failures
        if each.location is not None
    ]


def _place(session: Session, uri: str) -> str:
    return uri.removeprefix(session.uri("")).lstrip("/")


def _failed(session: Session, root: str) -> int | None:
    counts = [each.failed for each in session.summaries if each.root == root]
    return counts[-1] if counts else None


@pytest.mark.asyncio
async def test_failures_are_told_in_the_order_of_the_explorer_with_their_places_now(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    for age, path in enumerate(("b/test_new.py", "a/test_old.py", "test_last.py")):
        moment = 1_700_000_000 - age * 1000
        os.utime(root / path, (moment, moment))
    await run_in_terminal(root, "--ignore=libs")
    await run_in_terminal(root / "libs")

    session = await start(root)

    # The folder of the newest failure comes first.
    in_order = [
        "test_lib.py::test_lib libs/test_lib.py:1",
        "b/test_new.py::test_first b/test_new.py:4",
        "b/test_new.py::test_second b/test_new.py:8",
        "a/test_old.py::test_old a/test_old.py:5",
        "test_last.py::test_last test_last.py:1",
    ]
    assert await places(session) == in_order

    session.open("test_last.py")
    session.edit("test_last.py", 2, (0, 0), (0, 0), "\n\n")
    assert (await places(session))[-1] == "test_last.py::test_last test_last.py:3"
    session.edit("test_last.py", 3, (3, 11), (3, 12), "x")
    assert (await places(session))[-1] == "test_last.py::test_last test_last.py:3 outdated"

    (root / "a/test_old.py").write_text("def test_low(): ...\n\n\ndef test_old(): ...\n")
    await run_in_terminal(root, "a")
    here = session.uri("").rstrip("/")
    await session.until(lambda: _failed(session, here) == 3)
    assert [place.partition(" ")[0] for place in await places(session)] == [
        "test_lib.py::test_lib",
        "b/test_new.py::test_first",
        "b/test_new.py::test_second",
        "test_last.py::test_last",
    ]
