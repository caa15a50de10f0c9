"""Tell by its first bytes what a source is, and read it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator

from pytest_recall_server.imports import logs, reportlog
from pytest_recall_server.imports.exported import NewerExportError, read_exported
from pytest_recall_server.imports.junit import RefusedXmlError, read_junit
from pytest_recall_server.imports.lines import encoding_of, lines_of
from pytest_recall_server.imports.logs import read_log
from pytest_recall_server.imports.reported import KINDS, Kind, Source
from pytest_recall_server.imports.reportlog import read_reportlog

MAX_XML = 200_000_000
"""Bytes."""
_XML = re.compile(r"<(?:\?xml|!|testsuite)")


class UnreadableError(Exception):
    """A source that is none; the message is a sentence for people."""


def kind_of(head: bytes) -> Kind:
    """Return what begins with *head*, which should be some hundred bytes."""
    encoding, skip = encoding_of(head)
    text = head[skip:].decode(encoding, "replace").lstrip()
    if _XML.match(text):
        return "junit"
    if text.startswith("{"):
        first = text.partition("\n")[0]
        if '"$report_type"' in first or "pytest_version" in first:
            return "reportlog"
        if _is_event(first):
            return "run"
    return "log"


def _is_event(line: str) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        # The rest of a long line is not here.
        return line.startswith(('{"event":', '{"event": '))
    return isinstance(value, dict) and value.get("event") in {"export", "run"}


def read_source(name: str, chunks: Iterable[bytes]) -> Source:
    """Read what *chunks* hold; raises ``UnreadableError`` where that is nothing that is known."""
    parts = iter(chunks)
    head = next(parts, b"")
    whole = itertools.chain([head], parts)
    kind = kind_of(head)
    try:
        source = _read(kind, name, whole)
    except RefusedXmlError as error:
        raise UnreadableError(f"{name} cannot be read as {KINDS['junit']}: {error}.") from error
    except NewerExportError as error:
        raise UnreadableError(f"{error}.") from error
    if not source.tests:
        raise UnreadableError(_empty(source))
    return source


def _read(kind: Kind, name: str, chunks: Iterable[bytes]) -> Source:
    match kind:
        case "junit":
            return read_junit(name, _at_most(MAX_XML, chunks))
        case "reportlog":
            return read_reportlog(name, lines_of(chunks, reportlog.LONGEST_LINE))
        case "run":
            return read_exported(name, lines_of(chunks, reportlog.LONGEST_LINE))
        case "log":
            return read_log(name, lines_of(chunks, logs.LONGEST_LINE))


def _at_most(limit: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise RefusedXmlError(f"it is larger than {limit // 1_000_000} MB")
        yield chunk


def _empty(source: Source) -> str:
    if source.kind != "log":
        problems = "".join(f" {each}" for each in source.problems)
        return f"{source.name} is {KINDS[source.kind]} that tells of no test.{problems}"
    return (
        f"{source.name} tells of no failure: it is neither JUnit XML, nor a report of"
        " pytest-reportlog, nor an exported run, and no line of it is one of pytest's short summary"
        " (FAILED path::name - reason), which pytest prints unless -r says otherwise."
    )
