"""Parsed parameters and remembered ones together: none twice, and none that is gone."""

from __future__ import annotations

import attrs
import pytest

from pytest_recall_server.model.facts import FileFacts, Memory, around, with_functions
from pytest_recall_server.model.flat import flat_of
from pytest_recall_server.model.outline import Definition, Span
from pytest_recall_server.model.tree import rows_of

SPAN = Span(line=0, column=0, end_line=1, end_column=0)


@attrs.frozen(kw_only=True)
class Case:
    """What is known of one function, and the parameters that are shown of it."""

    parsed: tuple[str, ...] | None
    known: tuple[str, ...] = ()
    collected: tuple[str, ...] = ()
    whole: bool = False
    edited: bool = False
    failed: tuple[str, ...] = ()
    shown: tuple[str, ...]


CASES = {
    "certain ones are shown without any cache": Case(parsed=("1", "2"), shown=("1", "2")),
    "none is shown twice": Case(parsed=("1", "2"), known=("2", "1"), shown=("1", "2")),
    "a remembered one that is gone is not shown": Case(
        parsed=("1", "2"), known=("1", "3"), shown=("1", "2")
    ),
    "a failure is shown until pytest forgets it": Case(
        parsed=("1",), known=("1", "3"), failed=("3",), shown=("1", "3")
    ),
    "a function without parameters has none": Case(parsed=(), known=("1",), shown=()),
    "what is not certain comes from the cache": Case(parsed=None, known=("1",), shown=("1",)),
    "a run of the whole file knows better": Case(
        parsed=("1",), known=("1", "x-1"), collected=("x-1",), whole=True, shown=("x-1",)
    ),
    "a run of some of it adds": Case(
        parsed=("1", "2"), known=("x", "2"), collected=("x",), shown=("1", "2", "x")
    ),
    "a run has not seen what is typed": Case(
        parsed=("1", "5"),
        known=("1", "2"),
        collected=("1", "2"),
        whole=True,
        edited=True,
        shown=("1", "5"),
    ),
    "a failure stands while typing": Case(
        parsed=("5",), known=("2",), collected=("2",), edited=True, failed=("2",), shown=("5", "2")
    ),
}


def ids(parameters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"test_a.py::test_f[{each}]" for each in parameters)


@pytest.mark.parametrize("name", CASES)
def test_parameters_that_are_shown(name: str) -> None:
    case = CASES[name]
    function = Definition(name="test_f", kind="function", span=SPAN, parameters=case.parsed)
    definitions = (function,)
    facts = FileFacts(
        path="test_a.py",
        modified=0,
        definitions=definitions,
        flat=flat_of(definitions),
        error=None,
        known=ids(case.known),
        collected=frozenset(ids(case.collected)),
        whole=case.whole,
        edited=case.edited,
    )
    failed = ids(case.failed)

    (row,) = rows_of(facts, Memory(failed=failed, failed_around=around(failed)))

    assert [child.label for child in row.children] == [f"[{each}]" for each in case.shown]
    assert {child.span for child in row.children} <= {SPAN}


def test_new_is_said_of_each_parameter_by_its_id() -> None:
    function = Definition(name="test_f", kind="function", span=SPAN, parameters=("1", "2"))
    seen = with_functions(ids(("1",)))

    (node,) = rows_of(
        FileFacts(
            path="test_a.py",
            modified=0,
            definitions=(function,),
            flat=flat_of((function,)),
            error=None,
            known=(),
        ),
        Memory(seen=seen),
    )

    assert (node.new, [child.new for child in node.children]) == (False, [False, True])
