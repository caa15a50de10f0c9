"""Strategies of ``parametrize``: values, ids and forms, and which of them are certain."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from tests.python.server.discovery.chances import rarely

SURE_VALUES = (
    *("0", "1", "-1", "10", "1_000", "2**8", "3 * 7", "0x1f", "True", "False", "None"),
    *("1.5", "1e10", "-0.25", "1e400", "2j", "1+2j"),
    *('"a"', '"b"', "''", '"a-b"', '"x::y"', '"a[b]"', '"]"', '"["', '"sp ace"', '"ü"', '"日本"'),
    *(
        '"\\n"',
        '"\\x00"',
        '"back\\\\slash"',
        "'\\U0001f600'",
        'r"\\d+"',
        '"a" "b"',
    ),
    *(
        'b"bytes"',
        'b"\\xff\\n"',
        'b"\\x1f~"',
        "'\\x7f'",
        "...",
        "(1, 2)",
        "[1]",
        "{}",
        "{'a': 1}",
        "{1}",
        "()",
    ),
    *(
        "[x for x in range(3)]",
        "lambda x: x",
        "int",
        "str",
        "object()",
        "dict(a=1)",
        "Plain",
        "helper",
    ),
    *("NUMBER", "TEXT", '"1"', '"a0"', '"a1"', '"a_0"', '"00"'),
)
UNSURE_VALUES = (
    *("Color.RED", "Color", "float('nan')", "f'{1}'", "len('ab')", "Odd()", "NUMBER + 1"),
    *(f'"{"long" * 30}"', "make()", "os", "Decimal('1')", "not 1", "1 if 1 else 2"),
)
_WANTED = (*("", "", "", "list", "list", "listed", "listed", "none", "str"), "odd", "lambda")
PRELUDE = """\
import enum
import os
import unittest
from decimal import Decimal

import pytest
from pytest import mark, param

NUMBER = 7
TEXT = "named"
CASES = ((1, "one"), (2, "two"))
LISTED = [1, 2]
slow = pytest.mark.filterwarnings("ignore")
parametrize = pytest.mark.parametrize


class Color(enum.Enum):
    RED = 1


class Plain:
    pass


class Odd:
    __name__ = "odd name"


def helper():
    pass


def make():
    return pytest.param(5, id="made")

"""


@dataclass(frozen=True)
class Mark:
    """One ``parametrize``, as source text."""

    call: str
    """Without the ``@``."""
    names: tuple[str, ...]
    sure: bool
    fixtures: tuple[str, ...] = ()
    """Fixtures that must be there."""


@st.composite
def marks(draw: st.DrawFn, letter: str, indirect_to: str | None = None) -> Mark:
    """Return a mark whose arguments' names begin with *letter*."""
    names = tuple(f"{letter}{number}" for number in range(draw(st.sampled_from((1, 1, 1, 2, 3)))))
    if indirect_to is not None and draw(rarely(4)):
        names = (indirect_to,)
    unsure = draw(rarely(8))
    pool = (*SURE_VALUES, *UNSURE_VALUES) if unsure else SURE_VALUES
    count = draw(st.sampled_from((1, 2, 2, 3, 4)))
    form = draw(st.sampled_from(("text", "text", "list", "tuple")))
    bare = len(names) == 1 and form == "text"
    sets = [[draw(st.sampled_from(pool)) for _ in names] for _ in range(count)]
    values = [draw(_written(each, bare=bare)) for each in sets]
    wanted = draw(st.sampled_from(_WANTED))
    if wanted == "str" and not unsure:
        values = ["1", "'ü'", "2.5"] if bare else [f"({', '.join(['1'] * len(names))},)"] * 2
    options = _ids(draw, wanted, len(values))
    if names == (indirect_to,):
        options += ", indirect=True" if draw(st.booleans()) else f", indirect=['{indirect_to}']"
    if draw(rarely(10)):
        options += ", scope='module'"
    spelled = draw(st.sampled_from(("pytest.mark.parametrize", "mark.parametrize", "parametrize")))
    argnames = {
        "text": repr(",".join(names)),
        "list": repr(list(names)),
        "tuple": repr(names),
    }[form]
    braces = draw(st.sampled_from(("[]", "()")))
    argvalues = f"{braces[0]}{', '.join(values)},{braces[1]}"
    sure = not unsure and wanted not in {"lambda", "odd"}
    odd = draw(st.integers(0, 24))
    if odd == 24:
        argnames, argvalues, names, bare = "'r0'", "range(1, 6, 2)", ("r0",), True
        sure, options = True, ""
    elif odd == 23:
        argnames, argvalues, names, bare = "'c0, c1'", "CASES", ("c0", "c1"), False
        sure, options = True, ""
    elif odd == 22:
        argnames, argvalues, names, sure, options = "'l0'", "LISTED", ("l0",), False, ""
    elif odd == 21:
        argnames, argvalues, names, sure, options = "'e0'", "[]", ("e0",), False, ""
    elif odd == 20:
        argvalues, names, sure, options = "[n * 2 for n in range(2)]", ("g0",), False, ""
        argnames = "'g0'"
    return Mark(f"{spelled}({argnames}, {argvalues}{options})", names, sure)


@st.composite
def _written(draw: st.DrawFn, values: list[str], *, bare: bool) -> str:
    """Return one set of values as source text."""
    how = draw(st.sampled_from(("plain", "plain", "plain", "param", "named", "marked")))
    inside = ", ".join(values)
    if how == "plain":
        if bare:
            # A lambda needs no brackets in a list.
            return inside
        return f"({inside},)" if draw(st.booleans()) else f"[{inside}]"
    option = {
        "param": "",
        "named": f", id={draw(st.sampled_from(('own', 'ö', 'a::b', '', 'tab' + chr(9), '1')))!r}",
        "marked": ", marks=pytest.mark.skip",
    }[how]
    return f"{draw(st.sampled_from(('pytest.param', 'param')))}({inside}{option})"


def _ids(draw: st.DrawFn, wanted: str, count: int) -> str:
    texts = ("'x'", "'y'", "'ü'", "1", "2.5", "True", "None", "'x'", "b'z'", "int")
    listed = ", ".join(draw(st.sampled_from(texts)) for _ in range(count))
    return {
        "": "",
        "list": f", ids={list(range(count))}",
        "listed": f", ids=({listed},)",
        "none": ", ids=None",
        "odd": f", ids=[str(n) for n in range({count})]",
        "str": f", ids={draw(st.sampled_from(('str', 'repr')))}",
        "lambda": ", ids=lambda value: 'l'",
    }[wanted]
