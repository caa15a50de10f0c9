"""Why tests were skipped, or failed as expected, stands where they are defined."""

from __future__ import annotations

# ruff: noqa: S106 # a token names a run
import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session

FILE = """
import unittest

import pytest


@pytest.mark.skip(reason="needs a network")
def test_skipped(): ...


@pytest.mark.xfail(reason="not yet")
def test_expected(): assert 0


@pytest.mark.xfail
def test_bare(): assert 0


@pytest.mark.parametrize("reason", ["one", "two", "two", None])
def test_some(reason):
    if reason:
        pytest.skip(reason)


class TestCase(unittest.TestCase):
    @unittest.skip("by unittest")
    def test_case(self): ...


def test_passes(): ...
""".lstrip()

WORDS = {
    "test_skipped": "skipped: needs a network",
    "test_expected": "xfailed: not yet",
    "test_bare": "xfailed",
    "test_some": "skipped: one (and 1 more)",
    "test_case": "skipped: by unittest",
}


def words(session: Session, path: str = "test_a.py") -> dict[str, str]:
    """Return what stands at the ``def`` line of each function that was skipped."""
    marked = session.markers.get(session.uri(path))
    if marked is None:
        return {}
    return {
        mark.ids[0].partition("[")[0].rpartition("::")[2]: mark.message for mark in marked.skipped
    }


@pytest.mark.asyncio
async def test_a_skipped_test_says_why_live_and_after_a_restart(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": FILE})
    session = await start(root)
    session.open("test_a.py")

    await session.run()

    await session.until(lambda: words(session) == WORDS)
    again = await start(root)
    again.open("test_a.py")
    await again.until(lambda: words(again) == WORDS)
    lines = {mark.range.start.line for mark in again.markers[again.uri("test_a.py")].skipped}
    assert lines == {6, 10, 14, 18, 25}
    hover = await again.client.text_document_hover_async(
        types.HoverParams(
            text_document=types.TextDocumentIdentifier(uri=again.uri("test_a.py")),
            position=types.Position(line=6, character=6),
        )
    )
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert "skipped: needs a network" in hover.contents.value


@pytest.mark.asyncio
async def test_the_words_go_when_the_test_changes_or_does_otherwise(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": FILE})
    session = await start(root)
    session.open("test_a.py")
    await session.run()
    await session.until(lambda: words(session) == WORDS)

    session.edit("test_a.py", 2, (9, 27), (9, 34), "no more")
    expected = {name: said for name, said in WORDS.items() if name != "test_expected"}
    await session.until(lambda: words(session) == expected)

    (root / "test_a.py").write_text(FILE.replace("@pytest.mark.skip(", "@pytest.mark.foo("))
    await session.run("ids", ["test_a.py::test_skipped"], token="again")
    del expected["test_skipped"]
    await session.until(lambda: words(session) == expected)
