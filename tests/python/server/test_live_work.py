"""An edit costs what it touches and what is marked, however long the file is."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pytest_recall_server.model.markers import def_marks, failure_marks
from pytest_recall_server.model.outline import Definition, Span
from pytest_recall_server.model.results import Frame, Place, Result
from pytest_recall_server.model.text import Edit
from pytest_recall_server.project.documents import Document

LINES = 10
FAILURES = 20
NEW = 50


def document(tests: int) -> Document:
    """Return a document of so many tests, of which the first ones failed."""
    body = "    pass\n" * (LINES - 2) + "    assert x\n"
    found = Document(
        "file:///t.py", "t.py", 1, "".join(f"def test_{n}():\n{body}" for n in range(tests))
    )
    found.define(
        found.snapshot(),
        [
            Definition(
                name=f"test_{n}",
                kind="function",
                span=Span(line=n * LINES, column=0, end_line=n * LINES + LINES - 1, end_column=12),
            )
            for n in range(tests)
        ],
    )
    failures = {}
    for n in range(FAILURES):
        place = Place(path="t.py", line=n * LINES + LINES - 1)
        frames = (Frame(name=f"test_{n}", place=place),)
        failures[f"t.py::test_{n}"] = Result(
            id=f"t.py::test_{n}", outcome="failed", place=place, statement="assert x", frames=frames
        )
    found.follow(failures, set(failures))
    return found


def calls(work: Callable[[], object]) -> int:
    """Return how many functions *work* calls."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def marked(found: Document, tests: int) -> tuple[int, int]:
    """Return how much is marked in a document."""
    new = [f"t.py::test_{n}" for n in range(tests - NEW, tests)]
    lines = [(line, each) for each in new if (line := found.line_of(each)) is not None]
    failures = failure_marks(found.lines, found.anchors())
    assert not any(mark.outdated for mark in failures)
    return len(failures), len(def_marks(found.lines, lines))


def work_of_an_edit(tests: int) -> int:
    """Return how many calls an edit and its marks take, after those that come first."""
    found = document(tests)
    edit = Edit(line=3, column=0, end_line=3, end_column=0, text="    y = 5\n")
    for version in range(3):
        found.begin_change(version)
        found.edit(edit)
        assert marked(found, tests) == (FAILURES, NEW)

    def again() -> None:
        found.begin_change(9)
        found.edit(edit)
        marked(found, tests)

    return calls(again)


def test_an_edit_takes_as_much_work_in_a_file_ten_times_as_long() -> None:
    small, large = work_of_an_edit(500), work_of_an_edit(5000)

    # Lists of lines are moved by the interpreter as a whole, which no call shows.
    assert large < 1.05 * small
    assert small < 100 * (FAILURES + NEW)


def test_definitions_after_many_edits_take_work_for_both_and_not_for_each_of_each() -> None:
    found = document(2000)
    for _ in range(300):
        found.edit(Edit(line=3, column=0, end_line=3, end_column=0, text="    y = 5\n"))

    took = calls(lambda: list(found.present()))

    assert found.present()[-1].span.line == 1999 * LINES + 300
    assert took < 30 * 2000 + 30 * 300


def test_marks_are_right_after_more_edits_than_are_kept() -> None:
    found = document(100)
    for _ in range(5_500):
        found.edit(Edit(line=3, column=0, end_line=3, end_column=0, text="#"))
    for _ in range(7):
        found.edit(Edit(line=3, column=0, end_line=3, end_column=0, text="\n"))

    assert marked(found, 100) == (FAILURES, NEW)
    assert found.line_of("t.py::test_99") == 99 * LINES + 7
    assert found.anchors()[-1].line == FAILURES * LINES - 1 + 7
