"""Lines outside of tests that the tracebacks of failures go through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_recall_server.model.ids import names_of, path_of
from pytest_recall_server.model.results import Frame, Place, Result


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """A line as it was when tests failed on their way through it."""

    place: Place
    statement: str
    edition: int
    """That of the file: another one may say the same on the same line in another place."""
    ids: tuple[str, ...]

    @property
    def key(self) -> str:
        """What it is followed by, which is no node id."""
        return f"\0{self.edition}\0{self.place.line}\0{self.statement}"

    @property
    def result(self) -> Result:
        """Return it as something that failed there, which is followed like any other."""
        return Result(id=self.key, outcome="failed", place=self.place, statement=self.statement)


Editions = Mapping[str, tuple[Result, int]]
"""Id → the failure of the test, and the edition of the file that it told of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """All that there are in one file."""

    by_key: Mapping[str, Trace] = field(default_factory=dict)
    editions: Editions = field(default_factory=dict)

    def then(self, path: str, failures: Mapping[str, Result], edition: int) -> Traces:
        """Return those of *failures* (id → result); new ones tell of the *edition* of the file.

        The line that a failure itself is marked on is none of them, and no line of its test.
        Nor is one whose text is not known, since it could not be followed.
        """
        editions: dict[str, tuple[Result, int]] = {}
        found: dict[tuple[Place, str, int], dict[str, None]] = {}
        for node_id, result in failures.items():
            for frame in result.frames:
                if frame.place.path != path or frame.statement is None:
                    continue
                if frame.place == result.place or _is_in_test(frame, node_id):
                    continue
                known = self.editions.get(node_id)
                told = known if known is not None and known[0] is result else (result, edition)
                editions[node_id] = told
                found.setdefault((frame.place, frame.statement, told[1]), {})[node_id] = None
        traces = (
            Trace(place=place, statement=statement, edition=told, ids=tuple(ids))
            for (place, statement, told), ids in found.items()
        )
        return Traces(by_key={trace.key: trace for trace in traces}, editions=editions)


def _is_in_test(frame: Frame, node_id: str) -> bool:
    names = names_of(node_id)
    return bool(names) and frame.name == names[-1] and frame.place.path == path_of(node_id)
