"""The pure parts of the server."""

from __future__ import annotations

import itertools
import operator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_recall_server.index.ini import parse_ini
from pytest_recall_server.index.parse import parse
from pytest_recall_server.model.collection import explained
from pytest_recall_server.model.ids import (
    ancestors_of,
    folders_of,
    function_of,
    names_of,
    path_of,
    split_parameters,
)
from pytest_recall_server.model.markers import Anchor, failure_marks, is_outdated, line_span, locate
from pytest_recall_server.model.order import folder_order
from pytest_recall_server.model.outline import Module, SourceError, Span
from pytest_recall_server.model.results import Place, Result, result_of
from pytest_recall_server.model.text import (
    Edit,
    apply_edit,
    code_points,
    code_units,
    line_ends,
    split_lines,
)
from pytest_recall_server.project.documents import Document

LINES = st.lists(
    st.sampled_from(["", "    assert x", "x = 1", "# 💥é", "def test_a():"]), min_size=1
)
TEXTS = st.one_of(
    st.text(alphabet="ab \n💥é\x0c\u2028", max_size=12),
    st.sampled_from(["\n", "\r\n\r\n", "    assert x\n", "\n    assert x", ""]),
)


@pytest.mark.parametrize(
    ("node_id", "function", "parameters"),
    [
        ("a/t.py", "a/t.py", ""),
        ("a/t.py::test", "a/t.py::test", ""),
        ("a/t.py::test[1]", "a/t.py::test", "[1]"),
        ("a/t.py::T::test[a::b[c]]", "a/t.py::T::test", "[a::b[c]]"),
        ("a[1]/t.py::test", "a[1]/t.py::test", ""),
        ("a[1]/t.py::test[]", "a[1]/t.py::test", "[]"),
        ("a[1]", "a[1]", ""),
        ("t.py::test[a\nb]", "t.py::test", "[a\nb]"),
        ("t.py::test[", "t.py::test[", ""),
    ],
)
def test_parameters_are_parted_from_the_function(
    node_id: str, function: str, parameters: str
) -> None:
    assert split_parameters(node_id) == (function, parameters)


def test_a_test_lies_in_its_function_classes_and_file() -> None:
    assert list(ancestors_of("a/t.py::A::B::test[x]")) == [
        "a/t.py::A::B::test",
        "a/t.py::A::B",
        "a/t.py::A",
        "a/t.py",
    ]
    assert list(ancestors_of("a/t.py")) == []
    assert list(folders_of("a/b/t.py")) == ["a/b", "a"]


@given(st.text(), st.lists(st.text(alphabet="abc_", min_size=1), min_size=1), st.text())
def test_taking_an_id_apart_loses_nothing(folder: str, names: list[str], inside: str) -> None:
    path = folder.replace(":", "") + ".py"
    node_id = "::".join([path, *names]) + f"[{inside}]"

    assert path_of(node_id) == path
    assert names_of(node_id) == tuple(names)
    assert function_of(node_id) == "::".join([path, *names])
    assert "".join(split_parameters(node_id)) == node_id


@given(st.text())
def test_lines_are_parted_only_where_lsp_parts_them(text: str) -> None:
    joined = "\n".join(split_lines(text))

    assert joined == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(alphabet="a💥é"), st.integers(0, 20))
def test_columns_are_counted_in_utf_16(line: str, units: int) -> None:
    column = code_points(line, units)

    assert 0 <= column <= len(line)
    # A column within a character, or behind the line, is moved to the next possible place.
    assert code_units(line[:column]) >= min(units, code_units(line))
    assert column == 0 or code_units(line[: column - 1]) < units


@st.composite
def edits(draw: st.DrawFn, lines: list[str]) -> Edit:
    """Return an edit of *lines*, in UTF-16."""
    places = sorted(
        (line, draw(st.integers(0, code_units(lines[line]))))
        for line in (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    )
    (line, column), (end_line, end_column) = places
    # Not within a character: clients do not do that.
    column = code_units(lines[line][: code_points(lines[line], column)])
    end_column = code_units(lines[end_line][: code_points(lines[end_line], end_column)])
    return Edit(
        line=line,
        column=min(column, end_column) if line == end_line else column,
        end_line=end_line,
        end_column=end_column,
        text=draw(TEXTS),
    )


@given(st.data(), LINES)
def test_an_edit_gives_the_text_that_the_client_has(data: st.DataObject, lines: list[str]) -> None:
    edit = data.draw(edits(lines))
    starts = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))
    begin = starts[edit.line] + code_points(lines[edit.line], edit.column)
    end = starts[edit.end_line] + code_points(lines[edit.end_line], edit.end_column)
    text = "\n".join(lines)
    expected = split_lines(text[:begin] + edit.text + text[end:])
    ends = line_ends(text)
    behind = text[end:]

    splice = apply_edit(lines, ends, edit)

    assert lines == expected
    assert list(map(bool, ends)) == [True] * (len(lines) - 1) + [False]
    assert len(lines) - text.count("\n") - 1 == splice.shift
    line, column = splice.new_end
    assert "\n".join([lines[line][column:], *lines[line + 1 :]]) == behind.replace("\r", "\n")


ENDINGS = st.lists(
    st.tuples(st.text("ab 💥", max_size=3), st.sampled_from(["\n", "\r", "\r\n"])), max_size=5
)


@given(st.data(), ENDINGS, st.text("ab", max_size=3))
def test_edits_at_line_ends_of_any_kind_leave_the_lines_that_the_client_has(
    data: st.DataObject, rows: list[tuple[str, str]], last: str
) -> None:
    text = "".join(line + end for line, end in rows) + last
    lines, ends = split_lines(text), line_ends(text)
    for _ in range(4):
        edit = data.draw(edits(lines))
        edit = replace(edit, text=data.draw(st.text("a\r\n", max_size=4)))
        starts = [0, *itertools.accumulate(map(len, map(operator.add, lines, ends)))]
        begin = starts[edit.line] + code_points(lines[edit.line], edit.column)
        end = starts[edit.end_line] + code_points(lines[edit.end_line], edit.end_column)
        text = text[:begin] + edit.text + text[end:]

        splice = apply_edit(lines, ends, edit)

        assert (lines, ends) == (split_lines(text), line_ends(text))
        assert splice.new_end[0] < len(lines)
        assert splice.new_end[1] <= len(lines[splice.new_end[0]])


@given(st.data(), LINES, st.integers(0, 20))
def test_a_mark_is_on_its_statement_or_outdated(
    data: st.DataObject, lines: list[str], at: int
) -> None:
    line = at % len(lines)
    statement = lines[line].strip()
    document = Document("file:///t.py", "t.py", 1, "\n".join(lines))
    result = Result(
        id="t.py::test", outcome="failed", place=Place(path="t.py", line=line), statement=statement
    )
    document.follow({"t.py::test": result}, {})

    for _ in range(6):
        document.edit(data.draw(edits(list(document.lines))))
        (anchor,) = document.anchors()
        (mark,) = failure_marks(document.lines, [anchor])

        text = document.lines[mark.span.line]
        assert mark.outdated or text.strip() == statement
        assert mark.span.end_column <= code_units(text)


@given(LINES, LINES, st.integers(0, 20))
def test_a_place_from_an_older_text_is_never_on_another_statement(
    old: list[str], new: list[str], at: int
) -> None:
    hint = at % len(old)
    statement = old[hint].strip()

    line = locate(new, statement, hint, None)

    anchor = Anchor(id="t", message="m", statement=statement, line=line)
    same = [number for number, text in enumerate(new) if text.strip() == statement]
    assert is_outdated(new, anchor) or line == hint or same == [line]


def test_a_statement_is_looked_for_within_its_test() -> None:
    lines = ["def test_a():", "    assert x", "", "def test_b():", "    assert x"]
    span = Span(line=3, column=0, end_line=4, end_column=12)

    assert locate(lines, "assert x", 1, span) == 4
    assert locate(lines, "assert y", 1, span) == 3


def test_an_edit_within_a_line_leaves_the_mark_there_as_outdated() -> None:
    document = Document("file:///t.py", "t.py", 1, "def test():\n    assert x\n")
    place = Place(path="t.py", line=1)
    result = Result(id="t", outcome="failed", place=place, statement="assert x")
    document.follow({"t": result}, {})

    document.edit(Edit(line=1, column=11, end_line=1, end_column=12, text="y"))

    (anchor,) = document.anchors()
    assert (anchor.line, is_outdated(document.lines, anchor)) == (1, True)


def test_a_whole_new_text_keeps_lines_that_are_the_same_at_both_ends() -> None:
    document = Document("file:///t.py", "t.py", 1, "a\nb\nc\n")
    place = Place(path="t.py", line=2)
    document.follow({"t": Result(id="t", outcome="failed", place=place, statement="c")}, {})

    document.replace("a\nnew\nlines\nc\n")

    assert document.anchors()[0].line == 3


def test_a_result_that_arrives_late_is_for_the_saved_text() -> None:
    document = Document("file:///t.py", "t.py", 1, "same\nsame\nsame\n")
    document.edit(Edit(line=0, column=0, end_line=0, end_column=0, text="new\n"))
    place = Place(path="t.py", line=1)

    document.follow({"t": Result(id="t", outcome="failed", place=place, statement="same")}, {})

    assert document.anchors()[0].line == 2


def test_a_marked_line_is_marked_from_its_first_word_to_its_end() -> None:
    span = line_span(["    x = '💥'  "], 0)

    assert (span.column, span.end_column) == (4, 12)


def test_a_folder_stands_where_its_best_file_does() -> None:
    order = folder_order([("a/b/t.py", "1"), ("a/t.py", "2"), ("c/t.py", "0"), ("c/d/t.py", "3")])

    assert order == {"a/b": "1", "a": "1", "c": "0", "c/d": "3"}


def test_ini_values_may_go_on_over_lines_and_hold_hashes() -> None:
    text = "# c\n[a]\nx = 1 # no comment\ny:\n  two\n  ; comment\n  three\n\n[b c]\nz=\n"

    assert parse_ini(text) == {"a": {"x": "1 # no comment", "y": "two\nthree"}, "b c": {"z": ""}}


@pytest.mark.parametrize("text", ["x = 1", "[a]\nx", "[a]\n  x", "[a]\n[a]", "[a]\nx=1\nx=2", "[]"])
def test_an_ini_file_that_pytest_refuses_is_refused(text: str) -> None:
    with pytest.raises(Exception, match=r"^line \d"):
        parse_ini(text)


@pytest.mark.parametrize(
    "source",
    [
        "def (",
        b"\xff\xfe",
        "x = '\x00'",
        "(" * 5000,
        b"# coding: nowhere\n",
        "if x:\n",
        "\t x\n  y",
    ],
)
def test_source_that_cannot_be_parsed_is_an_error_with_a_line(source: str | bytes) -> None:
    error = parse(source)

    assert isinstance(error, SourceError)
    assert error.line >= 0
    assert error.message


@given(st.text())
def test_parsing_fails_for_no_text(text: str) -> None:
    assert isinstance(parse(text), Module | SourceError)


def test_columns_of_definitions_are_utf_16() -> None:
    outline = parse("class TestA: x = '💥'\n")

    assert isinstance(outline, Module)
    (member,) = outline.members
    assert (member.span.end_line, member.span.end_column) == (0, 21)


@given(
    st.dictionaries(
        st.sampled_from(["id", "outcome", "place", "frames", "duration"]),
        st.one_of(
            st.none(),
            st.integers(),
            st.text(),
            st.lists(st.integers()),
            st.just("failed"),
            st.dictionaries(
                st.sampled_from(["path", "line", "name"]), st.one_of(st.text(), st.floats())
            ),
        ),
    )
)
def test_no_event_is_too_odd_to_be_read(event: dict[str, object]) -> None:
    result_of(event, None)


def test_a_collection_error_is_explained_by_its_report() -> None:
    report = (
        "ImportError while importing test module '/x/t/test_a.py'.\nTraceback:\n"
        "/lib/importlib/__init__.py:88: in import_module\n    return _gcd(name)\n"
        "t/test_a.py:3: in <module>\n    import nowhere\n"
        "E   ModuleNotFoundError: No module named 'nowhere'"
    )

    error = explained(Result(id="t/test_a.py", outcome="error", longrepr=report))

    assert error.message == "ModuleNotFoundError: No module named 'nowhere'"
    assert (error.place, error.statement) == (Place(path="t/test_a.py", line=2), "import nowhere")
