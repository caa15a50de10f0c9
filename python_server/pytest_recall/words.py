"""What runs said of tests and when: the last word counts, whichever run ends last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_recall import journal
from pytest_recall.journal import SLACK, Event


class Words:
    """When runs said their last about what, in seconds since the epoch."""

    def __init__(self) -> None:
        self.outcomes: dict[str, float] = {}
        """Id of a test or collector → when its outcome was known."""
        self.collected: dict[str, float] = {}
        """Id of a test → when it was collected."""

    def add(self, events: Iterable[Event]) -> None:
        """Take what the run of *events* said."""
        found: list[Event] = []
        begin = selected = 0.0
        cures: list[str] = []
        for event in events:
            match event["event"]:
                case "run":
                    begin = selected = _time(event, 0.0)
                    cures = journal.cures_of([event])
                case "file":
                    found.append(event)
                case "selected":
                    selected = _time(event, begin)
                case "test" if isinstance(nodeid := event.get("id"), str):
                    if journal.verdict(event, cures) is not None:
                        _say(self.outcomes, nodeid, _time(event, begin))
                case _:
                    pass
        for event in found:
            for nodeid in collectors_of(event):
                _say(self.outcomes, nodeid, selected)
            for nodeid in journal.tests_of(event):
                _say(self.collected, nodeid, selected)

    def later(self, nodeid: str, time: float) -> bool:
        """Tell whether an outcome of *nodeid* was known after *time*."""
        said = self.outcomes.get(nodeid)
        return said is not None and said > time


def _say(said: dict[str, float], nodeid: str, time: float) -> None:
    said[nodeid] = max(time, said.get(nodeid, 0.0))


def _time(event: Event, default: float) -> float:
    time = event.get("time")
    return float(time) if isinstance(time, int | float) else default


def collectors_of(event: Event) -> Iterator[str]:
    """Yield what a `file` event says could, or could not, be collected."""
    error, path = event.get("error"), event.get("path")
    if isinstance(error, dict):
        if isinstance(error.get("id"), str):
            yield error["id"]
    elif isinstance(path, str):
        yield path


def is_remembered(events: list[Event], environment: str | None = None) -> bool:
    """Tell whether the run of *events* changes what is remembered (under *environment*)."""
    if not journal.understands(events):
        return False
    selection = events[0].get("selection")
    modes = selection if isinstance(selection, list) else []
    if {"collect-only", "readonly", "setup-only"}.intersection(modes):
        return False
    return environment is None or environment_of(events) == environment


def environment_of(events: list[Event]) -> str:
    """Return the name under which the run of *events* remembers, empty for pytest's own keys."""
    environment = events[0].get("environment") if events else None
    return environment if isinstance(environment, str) else ""


def words_of(path: Path) -> Words:
    """Return what the run with the journal *path* has said so far."""
    words = Words()
    words.add(journal.read(path))
    return words


def words_of_others(cachedir: Path, own: Path | None, since: float, environment: str) -> Words:
    """Return what other runs than *own* have said that were under way after *since*.

    Nothing is read but the journals that were written to after that time: for a run that was
    alone there are none.
    """
    words = Words()
    for path in journals_since(cachedir, since):
        if own is not None and path.name == own.name:
            continue
        events = journal.read(path)
        if is_remembered(events, environment):
            words.add(events)
    return words


def journals_since(cachedir: Path, since: float) -> Iterator[Path]:
    """Yield the journals that were written to after *since*."""
    for directory in journal.directories(cachedir):
        for path in journal.journals(directory):
            try:
                written = path.stat().st_mtime
            except OSError:
                continue
            if written >= since - SLACK:
                yield path
