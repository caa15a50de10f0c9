"""Failures and collection errors as LSP diagnostics, made of what ``recall/*`` tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from lsprotocol import types

from pytest_recall_server.lsp import protocol

SOURCE = "pytest"
MOST = 1000
"""Of files that are not open no more than these are told: editors are slow with more."""
_FAILING = frozenset({"failed", "error"})
# An end behind the end of a line is its end.
_WHOLE_LINE = 10_000
# The problem stays in the list: it is not known to be gone.
_OUTDATED = "outdated: "

Publish = Callable[[types.PublishDiagnosticsParams], None]
Key = tuple[str, str]
"""A root and the id of a test."""


class _Failure:
    """A record with what is told of it, made once: with every result all are gone through."""

    def __init__(self, record: protocol.Record) -> None:
        self.record = record

    @cached_property
    def told(self) -> tuple[str, types.Diagnostic] | None:
        """The URI of a document and what it says; None: nobody knows the place."""
        place = self.record.location
        return None if place is None else (place.uri, _of_record(self.record, place))


class Diagnostics:
    """What each file with failures says; told when it changes.

    It sees the messages that clients of ours are sent: an open document is told by its markers,
    any other file by the records of its failures.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._failures: dict[Key, _Failure] = {}
        self._markers: dict[str, protocol.MarkersParams] = {}
        self._told: dict[str, list[types.Diagnostic]] = {}

    def see(self, params: object) -> bool:
        """Take a message that was sent; return whether anything may be told anew."""
        match params:
            case protocol.RootsParams():
                self._keep({root.uri for root in params.roots})
            case protocol.RecordsParams():
                self._take_records(params)
            case protocol.RunEventsParams():
                return self._take_events(params)
            case protocol.MarkersParams():
                self._markers[params.uri] = params
            case _:
                return False
        return True

    def closed(self, uri: str) -> None:
        """From now on the records tell of that document."""
        self._markers.pop(uri, None)

    def _keep(self, roots: set[str]) -> None:
        self._failures = {key: each for key, each in self._failures.items() if key[0] in roots}

    def _take_records(self, params: protocol.RecordsParams) -> None:
        if params.reset:
            gone = [key for key in self._failures if key[0] == params.root]
        else:
            gone = [(params.root, node_id) for node_id in params.forgotten]
        for key in gone:
            self._failures.pop(key, None)
        self._put(params.root, params.records)

    def _take_events(self, params: protocol.RunEventsParams) -> bool:
        records = (each.record for each in params.events if each.record is not None)
        return self._put(params.root, records)

    def _put(self, root: str, records: Iterable[protocol.Record]) -> bool:
        """Take the results of tests; return whether any failure is another than before."""
        differs = False
        for record in records:
            key = (root, record.id)
            before = self._failures.get(key)
            if record.outcome not in _FAILING:
                differs |= self._failures.pop(key, None) is not None
            elif before is None or before.record != record:
                differs = True
                self._failures[key] = _Failure(record)
        return differs

    def tell(self) -> None:
        """Publish what differs from what was told last."""
        now = self._now()
        for uri in dict.fromkeys((*self._told, *now)):
            diagnostics = now.get(uri, [])
            if diagnostics == self._told.get(uri, []):
                continue
            markers = self._markers.get(uri)
            self._publish(
                types.PublishDiagnosticsParams(
                    uri=uri,
                    diagnostics=diagnostics,
                    version=None if markers is None else markers.version,
                )
            )
        self._told = now

    def _now(self) -> dict[str, list[types.Diagnostic]]:
        found: dict[str, list[types.Diagnostic]] = {}
        reasons = {node_id: each.record for (_, node_id), each in self._failures.items()}
        for uri, markers in self._markers.items():
            shown = [_of_marker(marker, reasons) for marker in markers.failures]
            if shown:
                found[uri] = shown
        left = MOST
        for failure in self._failures.values():
            if left == 0:
                break
            told = failure.told
            if told is None or told[0] in self._markers:
                continue
            uri, diagnostic = told
            # Nested roots may know the same failure.
            if diagnostic not in found.setdefault(uri, []):
                found[uri].append(diagnostic)
                left -= 1
        return found


def _of_marker(
    marker: protocol.FailureMarker, reasons: dict[str, protocol.Record]
) -> types.Diagnostic:
    records = [reasons[node_id] for node_id in marker.ids if node_id in reasons]
    return _diagnostic(
        _range(marker.range),
        marker.message,
        outdated=marker.outdated or marker.stale,
        frames=records[0].frames if records else [],
    )


def _of_record(record: protocol.Record, place: protocol.Location) -> types.Diagnostic:
    start = _position(place.range.start)
    end = types.Position(line=start.line, character=_WHOLE_LINE)
    return _diagnostic(
        types.Range(start=start, end=end),
        record.message or record.outcome,
        outdated=record.outdated or record.stale,
        frames=record.frames,
    )


def _diagnostic(
    where: types.Range, message: str, *, outdated: bool, frames: list[protocol.Frame]
) -> types.Diagnostic:
    severity = types.DiagnosticSeverity.Information if outdated else types.DiagnosticSeverity.Error
    return types.Diagnostic(
        range=where,
        severity=severity,
        source=SOURCE,
        message=_OUTDATED + message if outdated else message,
        related_information=list(_related(frames, where.start.line)) or None,
    )


def _related(
    frames: list[protocol.Frame], line: int
) -> Iterator[types.DiagnosticRelatedInformation]:
    """Yield the way to the failing line, which itself is the diagnostic's."""
    for frame in frames:
        start = _position(frame.location.range.start)
        if start.line != line:
            yield types.DiagnosticRelatedInformation(
                location=types.Location(
                    uri=frame.location.uri, range=types.Range(start=start, end=start)
                ),
                message=f"in {frame.name}",
            )


def _range(value: protocol.Range) -> types.Range:
    return types.Range(start=_position(value.start), end=_position(value.end))


def _position(value: protocol.Position) -> types.Position:
    return types.Position(line=value.line, character=value.character)
