"""Files are counted without making their rows: both must say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from pytest_recall_server.index.encoding import decode_flat, encode_definitions
from pytest_recall_server.model.batches import FILES, ROWS, batches
from pytest_recall_server.model.changes import Row, RowsChange, TreeChange
from pytest_recall_server.model.facts import FileFacts, Memory, around, with_functions
from pytest_recall_server.model.flat import flat_of
from pytest_recall_server.model.outline import Definition, Span
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.rows import UNASKED, difference, rows_told
from pytest_recall_server.model.summary import FileSummary, summary_of
from pytest_recall_server.model.testids import single_tests
from pytest_recall_server.model.tree import TestNode, flatten, rows_of

PATH = "pkg[1]/test_a.py"
NAMES = ("test_a", "test_b", "TestC", "TestD")
PARAMETERS = st.none() | st.lists(st.sampled_from(("1", "x::y", "[z]")), unique=True).map(tuple)
SPAN = Span(line=0, column=0, end_line=1, end_column=0)


def definitions(depth: int = 2) -> st.SearchStrategy[tuple[Definition, ...]]:
    functions = st.builds(
        Definition,
        name=st.sampled_from(NAMES[:2]),
        kind=st.just("function"),
        span=st.just(SPAN),
        parameters=PARAMETERS,
        since=st.integers(0, 3).map(lambda seconds: seconds * 10**9),
        marks=st.sets(st.sampled_from(("db", "slow"))).map(lambda names: tuple(sorted(names))),
    )
    classes = st.builds(
        Definition,
        name=st.sampled_from(NAMES[2:]),
        kind=st.just("class"),
        span=st.just(SPAN),
        open=st.booleans(),
        children=definitions(depth - 1) if depth else st.just(()),
    )
    # One name means one thing, as in a file.
    return st.lists(functions | classes, max_size=4, unique_by=lambda item: item.name).map(tuple)


SUFFIXES = [
    "::".join(("", *classes, name + parameters))
    for classes in ((), ("TestC",), ("TestC", "TestD"), ("TestGone",))
    for name in ("test_a", "test_b", "test_gone")
    for parameters in ("", "[1]", "[x::y]", "[gone]")
]
IDS = st.lists(st.sampled_from([PATH + suffix for suffix in (*SUFFIXES, "", "::TestC")]))


def result(node_id: str, draw: st.DrawFn) -> Result:
    return Result(
        id=node_id,
        outcome="passed",
        when=draw(st.none() | st.integers(0, 3)),
        duration=draw(st.none() | st.integers(0, 3)),
    )


@st.composite
def known(draw: st.DrawFn) -> tuple[FileFacts, Memory]:
    failed, unfinished, seen = draw(IDS), draw(IDS), draw(st.none() | IDS)
    defined = draw(st.none() | definitions())
    facts = FileFacts(
        path=PATH,
        modified=0,
        definitions=defined,
        flat=flat_of(defined or ()),
        error=None,
        known=tuple(dict.fromkeys((*draw(IDS), *failed, *unfinished, *(seen or ())))),
        collected=frozenset(draw(IDS)),
        whole=draw(st.booleans()),
        edited=draw(st.booleans()),
        results={each: result(each, draw) for each in draw(IDS)},
        slow_after=2,
    )
    memory = Memory(
        failed=failed,
        failed_around=around(failed),
        unfinished=unfinished,
        unfinished_around=around(unfinished),
        seen=None if seen is None else with_functions(seen),
    )
    return facts, memory


def leaves(nodes: Iterable[TestNode]) -> Iterator[TestNode]:
    """Yield the tests that pytest would run one by one."""
    for node in nodes:
        if node.children:
            yield from leaves(node.children)
        elif node.kind != "class":
            yield node


@given(known())
def test_the_counts_of_a_file_are_those_of_its_rows(case: tuple[FileFacts, Memory]) -> None:
    facts, memory = case
    rows = rows_of(facts, memory)
    tests = list(leaves(rows))
    passed = [each for each in tests if each.id in facts.results]

    summary = summary_of(facts, memory)

    assert sorted(single_tests(facts, memory)) == sorted(each.id for each in tests)
    assert summary == FileSummary(
        path=PATH,
        modified=0,
        new=any(each.new for each in tests),
        failed=memory.is_failed(PATH),
        unfinished=memory.is_unfinished(PATH),
        error=None,
        tests=len(tests),
        new_tests=sum(each.new for each in tests),
        passed=sum(not memory.is_outstanding(each.id) for each in passed),
        stale=sum(each.stale for each in tests),
        slow=any(each.slow for each in tests),
        marks=tuple(sorted({mark for each in tests for mark in each.marks})),
    )


@given(definitions())
def test_what_is_remembered_of_a_file_is_flattened_alike(items: tuple[Definition, ...]) -> None:
    written = [list_of(each) for each in encode_definitions(items)]

    assert decode_flat(written) == flat_of(items)


def list_of(value: object) -> object:
    """Return *value* as JSON would give it back."""
    return [list_of(each) for each in value] if isinstance(value, list | tuple) else value


@given(known(), known(), st.booleans())
def test_differences_lead_from_what_was_told_to_what_is(
    before: tuple[FileFacts, Memory], now: tuple[FileFacts, Memory], asked: bool
) -> None:
    functions = [f"{PATH}::test_a"] if asked else []
    old, new = (rows_told(PATH, rows_of(*each), functions) for each in (before, now))
    change = difference(PATH, old, new)

    client = dict(old)
    if change is not None:
        for node_id in change.removed:
            del client[node_id]
        for row in change.rows:
            assert row.parent == PATH or row.parent in client
            client[row.id] = row

    assert client == new
    assert set(new) == {node.id for node in flatten(rows_of(*now))}


def test_many_parameters_wait_until_they_are_asked_for() -> None:
    many = tuple(str(number) for number in range(UNASKED + 1))
    items = (
        Definition(name="test_few", kind="function", span=SPAN, parameters=many[:-1]),
        Definition(name="test_many", kind="function", span=SPAN, parameters=many),
    )
    facts = FileFacts(
        path=PATH, modified=0, definitions=items, flat=flat_of(items), error=None, known=()
    )
    rows = rows_of(facts, Memory())

    unasked = rows_told(PATH, rows)
    asked = rows_told(PATH, rows, {f"{PATH}::test_many"})

    assert len(unasked) == 2 + UNASKED
    assert unasked[f"{PATH}::test_many"].more
    assert len(asked) == 2 + UNASKED + len(many)
    assert not any(row.more for row in asked.values())


def file(number: int) -> tuple[FileSummary, str]:
    summary = FileSummary(
        path=f"test_{number}.py",
        modified=0,
        new=False,
        failed=False,
        unfinished=False,
        error=None,
        tests=1,
        new_tests=0,
        passed=0,
        stale=0,
    )
    return summary, "3-0"


def row(number: int) -> Row:
    return Row(
        id=f"{PATH}::test_{number}",
        parent=PATH,
        index=number,
        label=f"test_{number}",
        kind="function",
        span=None,
        new=False,
        failed=False,
        unfinished=False,
    )


@given(
    st.integers(0, 2 * FILES + 1),
    st.lists(st.integers(0, 3 * ROWS), max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_messages_are_bounded_and_together_say_it_all(
    files: int, rows: list[int], reset: bool, complete: bool
) -> None:
    change = TreeChange(
        reset=reset,
        complete=complete,
        files=tuple(map(file, range(files))),
        removed=("test_gone.py",),
        folders=(("pkg", "3-0"),),
        rows=tuple(
            RowsChange(path=f"{number}.py", rows=tuple(map(row, range(count))), removed=("gone",))
            for number, count in enumerate(rows)
        ),
    )

    parts = list(batches(change))

    assert all(len(part.files) <= FILES for part in parts)
    assert all(sum(len(each.rows) for each in part.rows) < 2 * ROWS for part in parts)
    assert tuple(each for part in parts for each in part.files) == change.files
    assert [each for part in parts for each in part.removed] == ["test_gone.py"]
    assert [each for part in parts for each in part.folders] == [("pkg", "3-0")]
    told = [(each.path, one) for part in parts for each in part.rows for one in each.rows]
    assert told == [(each.path, one) for each in change.rows for one in each.rows]
    gone = [each.path for part in parts for each in part.rows if each.removed]
    assert gone == [each.path for each in change.rows]
    assert [part.reset for part in parts] == [reset, *[False] * (len(parts) - 1)]
    assert [part.complete for part in parts] == [*[False] * (len(parts) - 1), complete]
