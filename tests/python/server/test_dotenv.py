"""Environment files, by the examples and rules of python-dotenv's documentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_recall_server.runs.dotenv import read_dotenv

AROUND = {"HOME": "/home/ada", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("\n \n# comment\n  # another\n", {}),
        ("A=b", {"A": "b"}),
        ("A=b\nC=d\n", {"A": "b", "C": "d"}),
        ("A=first\nA=last", {"A": "last"}),
        ("  A  =  b  ", {"A": "b"}),
        ("A=", {"A": ""}),
        ("A=   ", {"A": ""}),
        ("A=''\nB=\"\"", {"A": "", "B": ""}),
        ("export A=b", {"A": "b"}),
        ("export  A = b", {"A": "b"}),
        ("export=b", {"export": "b"}),
        ("'A'=b", {"A": "b"}),
        ("a.b-c=d", {"a.b-c": "d"}),
        ("A=b=c", {"A": "b=c"}),
        ("A=two words", {"A": "two words"}),
        ("A=b # comment", {"A": "b"}),
        ("A=b#none", {"A": "b#none"}),
        ("A=b\t# comment", {"A": "b"}),
        ("A= # comment", {"A": ""}),
        ("A='b # none' # comment", {"A": "b # none"}),
        ('A="b # none"# comment', {"A": "b # none"}),
        ("A=' b '", {"A": " b "}),
        ("A=b'c\"d", {"A": "b'c\"d"}),
        (r"A=b\nc", {"A": r"b\nc"}),
        (r'A="\a\b\f\n\r\t\v\\\'\""', {"A": "\a\b\f\n\r\t\v\\'\""}),
        (r'A="\w \$"', {"A": r"\w \$"}),
        (r'A="\\n"', {"A": r"\n"}),
        (r"A='\n \\ \' \"'", {"A": r"\n \ ' \""}),
        ('A="one\ntwo"\nB=c', {"A": "one\ntwo", "B": "c"}),
        ("A='one\ntwo'\nB=c", {"A": "one\ntwo", "B": "c"}),
        ('A="one\r\ntwo"\r\nB=c\r\n', {"A": "one\ntwo", "B": "c"}),
        ("A=b\rC=d", {"A": "b", "C": "d"}),
        ("\ufeffA=b", {"A": "b"}),
        ("A=ünïcödé 🐍", {"A": "ünïcödé 🐍"}),
        ("A=${HOME}/x", {"A": "/home/ada/x"}),
        ('A="${HOME}/x"', {"A": "/home/ada/x"}),
        ("A='${HOME}/x'", {"A": "${HOME}/x"}),
        ("A=$HOME", {"A": "$HOME"}),
        ("A=${NOWHERE}", {"A": ""}),
        ("A=${NOWHERE:-other}", {"A": "other"}),
        ("A=${HOME:-other}", {"A": "/home/ada"}),
        ("A=${EMPTY:-other}", {"A": ""}),
        ("HOME=/root\nA=${HOME}", {"HOME": "/root", "A": "/root"}),
        ("A=${A}b", {"A": "b"}),
        ("HOME=${HOME}:/more", {"HOME": "/home/ada:/more"}),
        ("A='${B}'\nC=${A}", {"A": "${B}", "C": "${B}"}),
    ],
)
def test_a_file_sets(text: str, values: dict[str, str]) -> None:
    read = read_dotenv(text, AROUND)

    assert (read.values, read.passed_over) == (values, ())


@pytest.mark.parametrize(
    ("text", "values", "passed_over"),
    [
        ("A\nB=c", {"B": "c"}, (1,)),
        ("export A\nB=c", {"B": "c"}, (1,)),
        ("=b\nB=c", {"B": "c"}, (1,)),
        ("two words=b\nB=c", {"B": "c"}, (1,)),
        ("A='b' c\nB=c", {"B": "c"}, (1,)),
        ('A="b\nB=c', {"B": "c"}, (1,)),
        ("A='b\nB=c", {"B": "c"}, (1,)),
        ("A=b\r\n\r\n? \r\nB=c\r\n", {"A": "b", "B": "c"}, (3,)),
        ('A="x\ny"\n?\nB=c\n?', {"A": "x\ny", "B": "c"}, (3, 5)),
        ("A=b\0\nB=c", {"B": "c"}, (1,)),
    ],
)
def test_a_line_that_is_not_understood_is_passed_over_and_named(
    text: str, values: dict[str, str], passed_over: tuple[int, ...]
) -> None:
    read = read_dotenv(text, AROUND)

    assert (read.values, read.passed_over) == (values, passed_over)


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), st.text(), max_size=5))
def test_any_text_survives_double_quotes(values: dict[str, str]) -> None:
    values = {name: value.replace("\0", "").replace("$", "") for name, value in values.items()}
    lines = (f'{name}="{_quoted(value)}"' for name, value in values.items())

    read = read_dotenv("\n".join(lines), {})

    assert (read.values, read.passed_over) == (values, ())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("\r", "\\r").replace("\n", "\\n")


@given(st.text(alphabet="A=b'\"\\${}:-# \n\r\t"))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    read = read_dotenv(text, {})

    assert all(1 <= line <= text.count("\n") + text.count("\r") + 1 for line in read.passed_over)
