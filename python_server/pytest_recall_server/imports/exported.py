"""Our own form of an exported run: one line that says so, then the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_recall import journal
from pytest_recall.journal import Event
from pytest_recall_server.imports.reported import Outcome, Reported, Source, Spelling
from pytest_recall_server.imports.reportlog import Json, objects
from pytest_recall_server.model.results import collection_error_of, is_provisional, result_of

FORMAT = 1
CAPTURED = ("stdout", "stderr", "log")


class NewerExportError(Exception):
    """A newer version of ours wrote it; the message says what to do."""


def heading(run_id: str, version: str) -> Event:
    """Return the first line of the exported run *run_id*."""
    return {"event": "export", "format": FORMAT, "run": run_id, "recall": version}


def without_output(event: Event) -> Event:
    """Return *event* without what the test has printed and logged, which may hold secrets."""
    return {name: value for name, value in event.items() if name not in CAPTURED}


def read_exported(name: str, lines: Iterable[str]) -> Source:
    """Read an exported run, or a journal as it is; raises ``NewerExportError``."""
    source = Source(name, "run")
    last: dict[str, Reported] = {}
    when: float | None = None
    for value in objects(lines, source):
        event = value.get("event")
        if event == "export":
            _check(value.get("format"), FORMAT, name)
        elif event == "run":
            _check(value.get("format"), journal.FORMAT, name)
            time = value.get("time")
            source.when = when = float(time) if isinstance(time, int | float) else None
        else:
            # The last word of a run on a test is its result.
            last.update({str(each): each for each in _told(value, when)})
    source.tests = list(last.values())
    return source


def _check(version: object, known: int, name: str) -> None:
    if not isinstance(version, int) or version > known:
        raise NewerExportError(
            f"{name} was written by a newer Pytest Recall (format {version}); update this one"
        )


def _told(event: Json, when: float | None) -> Iterator[Reported]:
    if event.get("event") == "file" and (error := collection_error_of(event, when)) is not None:
        yield _reported(error.id, "error", error.when, event, collects=True)
    elif event.get("event") == "test" and (result := result_of(event, when)) is not None:
        outcome = result.outcome
        if outcome != "unfinished" and not is_provisional(event):
            yield _reported(result.id, outcome, result.when, event, collects=False)


def _reported(
    node_id: str, outcome: Outcome, when: float | None, event: Json, *, collects: bool
) -> Reported:
    return Reported(
        spellings=(Spelling(id=node_id),),
        outcome=outcome,
        when=when,
        collects=collects,
        event=event,
    )
