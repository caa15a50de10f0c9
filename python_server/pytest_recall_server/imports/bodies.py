"""Give the failures of a log the tracebacks that stand further up in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_recall_server.imports.reported import Reported, first_line
from pytest_recall_server.imports.traces import first_words, places_in
from pytest_recall_server.model.ids import label_of, names_of, path_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """A test of this project, and what the source says of it."""

    id: str
    reported: Reported


def label_of_item(node_id: str) -> str:
    """Return the heading that pytest prints above a test's failure."""
    return ".".join((*names_of(node_id)[:-1], label_of(node_id)))


def with_bodies(matched: Iterable[Matched], bodies: Mapping[str, Sequence[str]]) -> list[Matched]:
    """Return *matched* with the tracebacks below their headings, where it is certain whose.

    A heading does not name the file: where several tests have one, the traceback has to lead
    through the file of its test.
    """
    matched = list(matched)
    claims = Counter(label_of_item(each.id) for each in matched)
    return [_with_body(each, bodies, claims) for each in matched]


def _with_body(
    matched: Matched, bodies: Mapping[str, Sequence[str]], claims: Counter[str]
) -> Matched:
    label = label_of_item(matched.id)
    found = bodies.get(label, ())
    if len(found) != 1 or claims[label] != 1:
        own = path_of(matched.id)
        found = [body for body in found if _leads_through(body, own)]
    if len(found) != 1 or matched.reported.subtest:
        return matched
    said = matched.reported.message
    if said is None or said.endswith("..."):
        # The summary is cut to the width of the terminal.
        said = first_line(first_words(found[0])) or said
    reported = replace(matched.reported, longrepr=found[0] or None, message=said)
    return Matched(id=matched.id, reported=reported)


def _leads_through(body: str, own: str) -> bool:
    return any(_is_own(place.path, own) for place in places_in(body))


def _is_own(path: str, own: str) -> bool:
    return path == own or path.endswith("/" + own) or own.endswith("/" + path)
