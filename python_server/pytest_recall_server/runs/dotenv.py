r"""Read the text of an environment file (``.env``).

The syntax is the one that python-dotenv documents, which most tools around Python share::

    # A comment, and one behind a value after a blank.
    NAME=value                      export NAME=value
    NAME='no $escapes but \\ and \''
    NAME="line one\nline two, or
    a real second line"
    NAME="${HOME}/x ${MISSING:-default}"

* Blanks around names, ``=`` and values do not count; those in quotes do.
* In double quotes ``\a \b \f \n \r \t \v \\ \' \"`` are escapes, in single quotes ``\\``
  and ``\'`` are; any other backslash stands for itself, and so does each without quotes.
* Values in quotes may hold line ends.
* ``${NAME}`` and ``${NAME:-default}`` are expanded, but not in single quotes; what is set nowhere
  is empty.  What stands further up in the file counts before the environment.
* ``$NAME`` is no expansion.

python-dotenv also expands in single quotes, and takes a name without ``=`` in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_STATEMENT = re.compile(
    r"""
    [ \t]* (?:export[ \t]+)?
    (?: '(?P<quoted>[^'\n]+)' | (?P<name>[^=\#\s'"]+) ) [ \t]*
    =
    (?: [ \t]* '(?P<single>(?:\\.|[^'\\])*)' [ \t]* (?:\#[^\n]*)?
      | [ \t]* "(?P<double>(?:\\.|[^"\\])*)" [ \t]* (?:\#[^\n]*)?
      | (?P<plain>(?![ \t]*['"])[^\n]*)
    )
    (?:\n|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_COMMENT = re.compile(r"[ \t]+#.*")
_VARIABLE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
_ESCAPE = re.compile(r"\\([\\'\"abfnrtv])")
_SINGLE_ESCAPE = re.compile(r"\\([\\'])")
_CONTROLS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dotenv:
    """What an environment file says."""

    values: dict[str, str]
    """Variable → value; of several the last counts."""
    passed_over: tuple[int, ...] = ()
    """Lines that are not understood, from 1."""


def read_dotenv(text: str, environment: Mapping[str, str]) -> Dotenv:
    """Return what *text* sets; variables it does not set are expanded from *environment*."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    values: dict[str, str] = {}
    passed_over: list[int] = []
    at = 0
    while at < len(text):
        if nothing := _NOTHING.match(text, at):
            at = nothing.end()
        elif (found := _STATEMENT.match(text, at)) and "\0" not in found[0]:
            values[found["quoted"] or found["name"]] = _value(found, {**environment, **values})
            at = found.end()
        else:
            passed_over.append(text.count("\n", 0, at) + 1)
            at = _next_line(text, at)
    return Dotenv(values=values, passed_over=tuple(passed_over))


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _value(found: re.Match[str], known: Mapping[str, str]) -> str:
    if (single := found["single"]) is not None:
        return _SINGLE_ESCAPE.sub(r"\1", single)
    if (double := found["double"]) is not None:
        return _expanded(_ESCAPE.sub(_unescaped, double), known)
    return _expanded(_COMMENT.sub("", found["plain"]).strip(), known)


def _unescaped(found: re.Match[str]) -> str:
    return _CONTROLS.get(found[1], found[1])


def _expanded(value: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: known.get(found["name"], found["default"] or ""), value)
