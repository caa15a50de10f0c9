"""What is marked in open documents: tracebacks outside of tests, and one phrase a ``def`` line."""

from __future__ import annotations

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session
from tests.python.server.test_lsp_language import diagnostics
from tests.python.server.test_lsp_tree import run_in_terminal

PRICES = """\
def total(prices):
    return sum(price(each) for each in prices)


def price(value):
    if value < 0:
        raise ValueError(value)
    return value
"""
TESTS = """\
import pytest
from shop.prices import price, total


@pytest.fixture
def basket():
    return [1, price(-1)]


def test_total():
    expected = 3
    assert total([1, -2]) == expected


def test_price():
    assert price(-2) == 2


def test_basket(basket):
    assert basket


def test_good():
    assert price(1) == 1
"""
PATH, TEST = "shop/prices.py", "test_prices.py"
FILES = {PATH: PRICES, "shop/__init__.py": "", TEST: TESTS, "pytest.ini": "[pytest]\n"}


def traces(session: Session, path: str) -> list[str]:
    """Return the lines that tracebacks go through, with how many and which failures."""
    marks = session.markers.get(session.uri(path))
    return [
        f"{mark.range.start.line}: {mark.count} "
        + " ".join(each.id.rpartition("::")[2] for each in mark.failures)
        for mark in (marks.traces if marks else ())
    ]


def words(session: Session, path: str) -> dict[int, str]:
    """Return what the ``def`` lines of a document say, by line."""
    marks = session.markers.get(session.uri(path))
    if marks is None:
        return {}
    said = [(mark, "new") for mark in marks.new]
    said += [(mark, "unfinished") for mark in marks.unfinished]
    said += [(mark, "outdated") for mark in marks.outdated]
    lines = {mark.range.start.line: word for mark, word in said}
    failed = {mark.range.start.line: f"failed {mark.runs}" for mark in marks.failed}
    assert len(lines | failed) == len(said) + len(marks.failed), "a line says one thing"
    return lines | failed


@pytest.mark.asyncio
async def test_lines_outside_of_tests_are_marked_where_tracebacks_go_through_them(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    await run_in_terminal(root)
    session = await start(root)

    session.open(PATH)

    raising = "6: 3 test_total test_price test_basket"
    await session.until(lambda: traces(session, PATH) == ["1: 1 test_total", raising])
    session.open(TEST)
    # The failing line itself has a marker of its own, and its test no trace.
    await session.until_marked(TEST, 1)
    assert traces(session, TEST) == []
    session.edit(PATH, 2, (0, 0), (0, 0), "# Of the shop.\n")
    await session.until_marked(PATH, 2)
    assert traces(session, PATH) == ["2: 1 test_total", raising.replace("6", "7", 1)]
    session.edit(PATH, 3, (7, 14), (7, 24), "KeyError")
    await session.until_marked(PATH, 3)
    assert traces(session, PATH) == ["2: 1 test_total"]
    session.edit(PATH, 4, (7, 14), (7, 22), "ValueError")
    await session.until_marked(PATH, 4)
    assert traces(session, PATH) == ["2: 1 test_total", raising.replace("6", "7", 1)]

    (root / PATH).write_text(PRICES.replace("raise ValueError(value)", "return -value"))
    session.touched(PATH)
    await session.run()
    await session.until(lambda: traces(session, PATH) == [])


@pytest.mark.asyncio
async def test_a_def_line_says_one_thing_and_outdated_before_failed(
    project: Write, start: Start
) -> None:
    root = project(FILES | {TEST: TESTS.replace("def test_good", "def check_good")})
    await run_in_terminal(root)
    await run_in_terminal(root)
    (root / TEST).write_text(TESTS)
    session = await start(root)
    session.open(TEST)

    twice = "failed 2"
    before = {9: twice, 14: twice, 18: twice, 22: "new"}
    await session.until(lambda: words(session, TEST) == before)
    await session.until(lambda: "11:4 ValueError: -2" in diagnostics(session, TEST))
    session.edit(TEST, 2, (10, 15), (10, 16), "4")

    # The failing line is as it was, but not its test.
    await session.until(lambda: words(session, TEST) == before | {9: "outdated"})
    failing = session.markers[session.uri(TEST)].failures
    assert [(each.range.start.line, each.outdated, each.stale) for each in failing] == [
        (6, False, False),
        (11, False, True),
        (15, False, False),
    ]
    await session.until(lambda: "11:4 outdated: ValueError: -2" in diagnostics(session, TEST))
    session.edit(TEST, 3, (10, 15), (10, 16), "3")
    await session.until(lambda: words(session, TEST) == before)
    await session.until(lambda: "11:4 ValueError: -2" in diagnostics(session, TEST))
    await session.run()
    await session.until(
        lambda: words(session, TEST) == {9: "failed 3", 14: "failed 3", 18: "failed 3"}
    )
