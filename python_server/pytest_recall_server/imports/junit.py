"""Read JUnit XML as pytest, pytest-xdist and unittest-xml-reporting write it.

The file is streamed through expat, which is the parser of the standard library: no document type
is accepted, so that there are no entities to expand and nothing outside is ever read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from xml.parsers import expat

from pytest_recall_server.imports.reported import (
    Outcome,
    Phase,
    Reported,
    Source,
    Spelling,
    Text,
    first_line,
)

MAX_DEPTH = 100
_ROOTS = frozenset({"testsuites", "testsuite"})
_VERDICTS = frozenset({"failure", "error", "skipped"})
_OUTPUTS = {"system-out": "stdout", "system-err": "stderr"}
_IN_PHASE = re.compile(r"failed on (?P<phase>setup|teardown) with \"(?P<reason>.*)", re.DOTALL)
_PASSES_UNEXPECTEDLY = "xfail-marked test passes unexpectedly"
_COLLECTION = {"collection failure", "collection skipped"}


class RefusedXmlError(Exception):
    """The file is no JUnit XML, or holds what is never read; the message says which."""


def read_junit(name: str, chunks: Iterable[bytes]) -> Source:
    """Read the JUnit XML in *chunks*, in memory for its failures and a line for each test.

    A file that ends early, or breaks off, is read as far as it goes, with a problem.  Raises
    ``RefusedXmlError``.
    """
    reader = _Reader(name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003 - expat's own signature
        parser.Parse(b"", True)  # noqa: FBT003 - likewise
    except expat.ExpatError as error:
        if not reader.has_root:
            raise RefusedXmlError(f"{name} is no XML: {error}") from error
        reader.source.problems.append(
            f"{name} is damaged or ends early ({error}): what stands before was read."
        )
    return reader.source


def _refuse_doctype(*_: object) -> None:
    raise RefusedXmlError(
        "it declares a document type (DTD), which could define entities and is never read"
    )


class _Verdict:
    """An element that says what became of a test."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.message = attributes.get("message", "")
        self.type = attributes.get("type", "")
        self.text = Text()


class _Case:
    """A test case that is being read."""

    def __init__(self, attributes: dict[str, str], when: float | None) -> None:
        self.attributes = attributes
        self.when = time_of(attributes.get("timestamp")) or when
        self.verdicts: list[_Verdict] = []
        self.outputs: dict[str, Text] = {}

    def reported(self) -> Iterable[Reported]:
        """Yield what it says: one of a test that did not fail, else one for each failure."""
        telling = [each for each in self.verdicts if each.tag != "skipped"] or self.verdicts[:1]
        for verdict in telling or (None,):
            yield self._reported(verdict)

    def _reported(self, verdict: _Verdict | None) -> Reported:
        attributes = self.attributes
        outcome, phase, message = _meaning(verdict)
        longrepr = verdict.text.value() if verdict is not None else None
        collects = verdict is not None and verdict.message in _COLLECTION
        return Reported(
            spellings=(
                Spelling(
                    classname=attributes.get("classname", ""), name=attributes.get("name", "")
                ),
            ),
            outcome=outcome,
            file=attributes.get("file"),
            phase=phase,
            message=None if collects else first_line(message),
            longrepr=longrepr if outcome in {"failed", "error"} else None,
            duration=_number(attributes.get("time")),
            when=self.when,
            collects=collects,
            stdout=self._output("stdout"),
            stderr=self._output("stderr"),
        )

    def _output(self, name: str) -> str | None:
        text = self.outputs.get(name)
        return None if text is None else text.value()


def _meaning(verdict: _Verdict | None) -> tuple[Outcome, Phase | None, str | None]:
    """Return outcome, phase and reason of what an element says."""
    if verdict is None:
        return "passed", None, None
    message = verdict.message
    if verdict.tag == "skipped":
        if message == _PASSES_UNEXPECTEDLY:
            return "xpassed", None, None
        return ("xfailed" if verdict.type == "pytest.xfail" else "skipped"), None, message
    if verdict.tag == "error":
        if match := _IN_PHASE.match(message):
            phase: Phase = "setup" if match["phase"] == "setup" else "teardown"
            return "error", phase, match["reason"].removesuffix('"')
        if message in _COLLECTION:
            return "error", None, message
    # What other writers call an error is an exception in the test: to pytest it failed.
    reason = message or verdict.type
    named = verdict.type and message and not message.startswith(verdict.type)
    if named and verdict.type != "AssertionError":
        reason = f"{verdict.type}: {message}"
    return "failed", "call", reason


class _Reader:
    """Takes the elements of a file one by one."""

    def __init__(self, name: str) -> None:
        self.source = Source(name, "junit")
        self.has_root = False
        self._depth = 0
        self._case: _Case | None = None
        self._take: Callable[[str], None] | None = None
        self._suites: list[tuple[int, float | None]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        self._depth += 1
        if not self.has_root:
            if tag not in _ROOTS:
                raise RefusedXmlError(f"its first element is <{tag[:80]}>, not <testsuites>")
            self.has_root = True
        if self._depth > MAX_DEPTH:
            raise RefusedXmlError(f"its elements are nested more than {MAX_DEPTH} deep")
        if tag in _ROOTS:
            when = time_of(attributes.get("timestamp")) or self._when()
            self._suites.append((self._depth, when))
            self.source.when = self.source.when or when
        elif tag == "testcase":
            self._case = _Case(attributes, self._when())
        elif self._case is not None:
            self._start_in_case(self._case, tag, attributes)

    def _start_in_case(self, case: _Case, tag: str, attributes: dict[str, str]) -> None:
        if tag in _VERDICTS:
            verdict = _Verdict(tag, attributes)
            case.verdicts.append(verdict)
            self._take = verdict.text.add
        elif tag in _OUTPUTS:
            self._take = case.outputs.setdefault(_OUTPUTS[tag], Text()).add

    def _when(self) -> float | None:
        return self._suites[-1][1] if self._suites else None

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        if tag == "testcase" and self._case is not None:
            self.source.tests += self._case.reported()
            self._case = None
        if self._suites and self._suites[-1][0] == self._depth:
            self._suites.pop()
        self._depth -= 1
        self._take = None

    def text(self, text: str) -> None:
        """Take what stands in an element."""
        if self._take is not None:
            self._take(text)


def time_of(text: str | None) -> float | None:
    """Return the seconds since the epoch of an ISO time; one without a zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        # Some write the year 1 where they know no time.
        return max(moment.timestamp(), 0.0) or None
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    try:
        # Some write 1,234.5.
        value = float((text or "").replace(",", ""))
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
