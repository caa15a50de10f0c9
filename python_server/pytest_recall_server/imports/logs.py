"""Read the lines of pytest's short summary from a log, whatever a CI service has put before them.

Only pytest knows where an id ends and its reason begins: ` - ` may stand in both.  So each line is
told with all the ways to read it, and which of them is a test here decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from pytest_recall_server.imports.reported import (
    Outcome,
    Phase,
    Reported,
    Source,
    Spelling,
    Text,
    first_line,
)

LONGEST_LINE = 1 << 16
MAX_TESTS = 100_000
MAX_BODIES = 1 << 25
"""Characters of tracebacks that are kept."""
_MAX_WAYS = 200
_DASH = " - "

_MAY_MATTER = re.compile(r"FAILED|ERROR|SUBFAIL|===|__|\b_ ")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_PREFIX = re.compile(
    rf"""\ufeff
    | {_STAMP}[ ](?:\d\d[OE][+ ]?)?     # GitHub Actions and Azure; GitLab with its stream
    | \[{_STAMP}\][ ]+                  # Jenkins
    | \[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?[ ]+
    | \#\#\[\w+\] | ::error[^:]*::      # GitHub Actions and Azure
    | section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?
    | \[gw\d+\][ ]+ | \[[ ]*\d+%\][ ]+  # pytest-xdist
    | [^\t]{{0,200}}\t[^\t]{{0,200}}\t(?={_STAMP})  # what `gh run view --log` prints
    | [\w.-]{{1,80}}[ ]*\|[ ]           # docker compose
    """,
    re.VERBOSE,
)
_LINE = re.compile(r"(?P<word>FAILED|ERROR|SUBFAILED|SUBFAIL)(?P<rest>(?:[ \[(<]).+)")
_PROGRESS = re.compile(r"(?P<id>\S.*::.*\S) (?P<word>FAILED|ERROR) +\[ *\d+%\]$")
_SECTION = re.compile(r"=+ short test summary info =+$")
_CAPTURED = re.compile(r"-{2,} Captured .* -{2,}$")
_RULE_OF_ANYTHING = re.compile(r"={3,} .+ ={3,}$")
_RULE = re.compile(r"=+ .*(?:\d+ \w+.* in \d|no tests ran).* =+$|\d+ (?:failed|errors?)\b.* in \d")
_QUOTED = re.compile(r"E {3,}(?P<text>\S.*)$")
"""A line of an exception's message in a traceback."""
_HEADING = re.compile(r"_{2,} (?P<label>.+) _{2,}$|_ (?P<short>\S.*\S) _$")
_HEADING_WORDS = re.compile(r"ERROR at (?:setup|teardown) of ")
_OUTCOMES: dict[str, Outcome] = {"FAILED": "failed", "ERROR": "error"}


def plain(line: str) -> str:
    """Return *line* without colours and without what CI services put before it."""
    line = _ESCAPES.sub("", line).rstrip()
    while match := _PREFIX.match(line):
        line = line[match.end() :]
    return line


def read_log(name: str, lines: Iterable[str]) -> Source:
    """Read the failures that a log tells of, in memory for these alone.

    Where the log has a short summary it alone counts: before it, tests may have printed what looks
    like one.  In a log that ends before it, what ``-v`` prints counts too.

    On CI pytest writes whole reasons into the summary, with all their lines, and these may look
    like anything too.  The tracebacks tell which lines are those.
    """
    source = Source(name, "log")
    reader = _Reader(source)
    for line in lines:
        # Most lines of a log are about something else, and there may be millions.
        if reader.is_reading or _MAY_MATTER.search(line):
            reader.take(plain(line))
    reader.close_body()
    source.tests = reader.tests()
    return source


class _Reader:
    """Takes the lines of a log one by one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._section: dict[str, Reported] | None = None
        self._elsewhere: dict[str, Reported] = {}
        self._inside = False
        self._label: str | None = None
        self._body: Text | None = None
        self._room = MAX_BODIES
        self._quoted = Counter[str]()
        """Lines of reasons that look like lines of a summary, and how often they are still due."""

    @property
    def is_reading(self) -> bool:
        """Tell whether the next line matters whatever it is."""
        return self._inside or self._body is not None

    def tests(self) -> list[Reported]:
        """Return what the log tells of tests."""
        found = self._elsewhere if self._section is None else self._section
        return list(found.values())

    def take(self, line: str) -> None:
        """Take the next line, which is plain."""
        if self._inside and self._quoted[line] > 0:
            self._quoted[line] -= 1
            return
        if _SECTION.match(line):
            self._inside = True
            self._section = self._section or {}
        if self._inside and _RULE.match(line):
            self._inside = False
        if self._takes_body(line):
            return
        reported = _reported(line, loosely=not self._inside)
        if reported is not None:
            self._keep(line, reported)

    def _takes_body(self, line: str) -> bool:
        """Take *line* if it is part of a failure's traceback; tell whether it is."""
        match = None if self._inside else _HEADING.match(line)
        if match:
            self.close_body()
            self._label = _HEADING_WORDS.sub("", match["label"] or match["short"])
            self._body = Text()
            return True
        if _RULE_OF_ANYTHING.match(line):
            self.close_body()
        elif _CAPTURED.match(line):
            # What was printed may look like anything.
            if self._body is not None:
                self._end_body(self._body)
            self._body = None
        elif self._body is not None and not _PROGRESS.match(line):
            self._body.add(line + "\n")
            self._note_quoted(line)
            return not _LINE.match(line)
        return False

    def _note_quoted(self, line: str) -> None:
        quoted = _QUOTED.match(line)
        if quoted and any(each.match(quoted["text"]) for each in (_SECTION, _RULE, _LINE)):
            self._quoted[quoted["text"]] += 1

    def close_body(self) -> None:
        """End the traceback that is being read."""
        if self._body is not None:
            self._end_body(self._body)
        self._label = self._body = None

    def _end_body(self, body: Text) -> None:
        text = (body.value() or "").strip("\n")
        if self._label is not None and self._room > 0:
            self._room -= len(text) + len(self._label)
            self._source.bodies.setdefault(self._label, []).append(text)

    def _keep(self, line: str, reported: Reported) -> None:
        into = self._section if self._inside and self._section is not None else self._elsewhere
        if len(into) < MAX_TESTS:
            into.setdefault(line, reported)
        elif line not in into:
            problem = f"{self._source.name} tells of more than {MAX_TESTS} failures."
            if problem not in self._source.problems:
                self._source.problems.append(problem)


def _reported(line: str, *, loosely: bool) -> Reported | None:
    """Return what a line tells; *loosely*: only if it looks like an id, as loggers say ERROR."""
    if match := _LINE.match(line):
        word, rest = match["word"], match["rest"]
        if word.startswith("SUBFAIL"):
            return _subtest(rest)
        spellings = tuple(_ways(rest.strip())) if rest.startswith(" ") else ()
        if not spellings or (loosely and not _is_like_id(spellings)):
            return None
        return Reported(spellings=spellings, outcome=_OUTCOMES[word], phase=_phase(word))
    if loosely and (match := _PROGRESS.match(line)):
        outcome = _OUTCOMES[match["word"]]
        return Reported(
            spellings=(Spelling(id=match["id"]),), outcome=outcome, phase=_phase(match["word"])
        )
    return None


def _phase(word: str) -> Phase | None:
    return "call" if word == "FAILED" else None


def _ways(text: str) -> Iterator[Spelling]:
    """Yield the ways to part *text* into an id and a reason, the shortest id first."""
    at = text.find(_DASH)
    count = 0
    while at > 0 and count < _MAX_WAYS:
        reason = first_line(text[at + len(_DASH) :])
        yield Spelling(id=text[:at], message=reason)
        at = text.find(_DASH, at + 1)
        count += 1
    yield Spelling(id=text)


def _is_like_id(spellings: tuple[Spelling, ...]) -> bool:
    return any("::" in each.id or each.id.endswith(".py") for each in spellings)


def _subtest(text: str) -> Reported | None:
    """Return a failed subtest: its description, which may hold anything, stands before the id."""
    ways: list[Spelling] = []
    at = text.find(" ")
    while at >= 0 and len(ways) < _MAX_WAYS:
        ways += [each for each in _ways(text[at + 1 :]) if "::" in each.id]
        at = text.find(" ", at + 1)
    if not ways:
        return None
    # The part before the first id is the description in all but odd cases; it is for people only.
    description = text[: text.find(ways[0].id)].strip()
    return Reported(
        spellings=tuple(ways), outcome="failed", phase="call", subtest=description or "subtest"
    )
