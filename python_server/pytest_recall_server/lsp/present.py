"""From the model's values to messages."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from pytest_recall_server.index.config import Config, is_in
from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import uri_of
from pytest_recall_server.model.changes import (
    Counts,
    ProjectStatus,
    Record,
    RecordsChange,
    Row,
    RunEvent,
    RunName,
    RunReport,
    TreeChange,
)
from pytest_recall_server.model.markers import DefMark, Marks
from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.preview import Preview
from pytest_recall_server.model.results import Place
from pytest_recall_server.model.summary import FileSummary
from pytest_recall_server.model.walk import Stand
from pytest_recall_server.runs.debuggee import Launch


def debug_launch(launch: Launch) -> protocol.DebugLaunch:
    """Return what a debugger is to start."""
    return protocol.DebugLaunch(
        interpreter=launch.interpreter,
        program=launch.program,
        args=list(launch.arguments),
        cwd=launch.cwd,
        env=dict(launch.environment),
    )


def span(value: Span) -> protocol.Range:
    """Return a stretch of a file."""
    return protocol.Range(
        start=protocol.Position(line=value.line, character=value.column),
        end=protocol.Position(line=value.end_line, character=value.end_column),
    )


def root_name(rootdir: str, folders: Sequence[str]) -> str:
    """Return a root's name for people; *folders* are those of the workspace.

    What lies below a folder is named by the way to it.
    """
    around = [folder for folder in folders if folder != rootdir and is_in(rootdir, folder)]
    if rootdir in folders or not around:
        return os.path.basename(rootdir) or rootdir
    outer = max(around, key=len)
    way = os.path.relpath(rootdir, outer)
    named = way if len(folders) == 1 else os.path.join(os.path.basename(outer), way)
    return named.replace(os.sep, "/")


def root(config: Config, name: str, problems: tuple[str, ...]) -> protocol.Root:
    """Return a root."""
    return protocol.Root(
        uri=uri_of(config.rootdir),
        name=name,
        folder=uri_of(config.folder),
        config_file=None if config.file is None else uri_of(config.file),
        problems=list(problems),
    )


def node(row: Row) -> protocol.Node:
    """Return a class, function or parameters."""
    return protocol.Node(
        id=row.id,
        parent=row.parent,
        index=row.index,
        label=row.label,
        kind=row.kind,
        range=None if row.span is None else span(row.span),
        new=row.new,
        failed=row.failed,
        unfinished=row.unfinished,
        stale=row.stale,
        slow=row.slow,
        marks=list(row.marks),
        more=row.more,
    )


def root_status(rootdir: str, status: ProjectStatus) -> protocol.RootStatus:
    """Return a root in numbers."""
    counts = status.counts
    return protocol.RootStatus(
        root=uri_of(rootdir),
        files=status.files,
        tests=counts.total,
        failed=counts.failed,
        unfinished=counts.unfinished,
        new=counts.new,
        passed=counts.passed,
        stale=counts.stale,
        parsed=status.parsed,
        timings=status.timings,
        runs=list(status.runs),
    )


class Presenter:
    """Knows the rootdir that paths are relative to."""

    def __init__(self, rootdir: str) -> None:
        self._rootdir = rootdir
        self._uri = uri_of(rootdir)

    def uri(self, path: str) -> str:
        """Return the URI of a path as the model has it."""
        return uri_of(os.path.normpath(os.path.join(self._rootdir, path)))

    def place(self, value: Place) -> protocol.Location:
        """Return the beginning of a line: the text behind it is not known here."""
        start = protocol.Position(line=value.line, character=0)
        return protocol.Location(
            uri=self.uri(value.path), range=protocol.Range(start=start, end=start)
        )

    def maybe(self, value: Place | None) -> protocol.Location | None:
        """Return a place that may not be known."""
        return None if value is None else self.place(value)

    def file(self, summary: FileSummary, sort_text: str) -> protocol.TestFile:
        """Return a file."""
        error = summary.error
        return protocol.TestFile(
            path=summary.path,
            uri=self.uri(summary.path),
            sort_text=sort_text,
            tests=summary.tests,
            new=summary.new,
            failed=summary.failed,
            unfinished=summary.unfinished,
            slow=summary.slow,
            marks=list(summary.marks),
            error=None
            if error is None
            else protocol.CollectionError(message=error.message, location=self.place(error.place)),
        )

    def tree(self, change: TreeChange, state: int) -> protocol.TestsParams:
        """Return a change of the tree."""
        return protocol.TestsParams(
            root=self._uri,
            state=state,
            reset=change.reset,
            complete=change.complete,
            files=[self.file(summary, sort_text) for summary, sort_text in change.files],
            removed=list(change.removed),
            folders=[
                protocol.FolderOrder(path=path, sort_text=text) for path, text in change.folders
            ],
            nodes=[
                protocol.FileNodes(
                    path=rows.path,
                    nodes=[node(row) for row in rows.rows],
                    removed=list(rows.removed),
                )
                for rows in change.rows
            ],
        )

    def record(self, record: Record) -> protocol.Record:
        """Return a result."""
        result = record.result
        return protocol.Record(
            id=result.id,
            outcome=result.outcome,
            when=result.when,
            duration=result.duration,
            phase=result.phase,
            message=result.message,
            location=self.maybe(result.place),
            frames=[
                protocol.Frame(name=frame.name, location=self.place(frame.place))
                for frame in result.frames
            ],
            expected=result.expected,
            actual=result.actual,
            longrepr=result.longrepr,
            outdated=record.outdated,
            stale=record.stale,
            others=[
                protocol.OtherFailure(
                    subtest=other.subtest,
                    phase=other.phase,
                    message=other.message,
                    location=self.maybe(other.place),
                    longrepr=other.longrepr,
                )
                for other in result.others
            ],
            stdout=result.stdout,
            stderr=result.stderr,
            log=result.log,
        )

    def failure(self, record: Record) -> protocol.FailurePlace:
        """Return where to look for a failure."""
        result = record.result
        return protocol.FailurePlace(
            root=self._uri,
            id=result.id,
            message=result.message,
            location=self.maybe(result.place),
            outdated=record.outdated,
        )

    def records(self, change: RecordsChange) -> protocol.RecordsParams:
        """Return a change of what is remembered."""
        return protocol.RecordsParams(
            root=self._uri,
            reset=change.reset,
            records=[self.record(record) for record in change.records],
            forgotten=list(change.forgotten),
        )

    def stand(self, stand: Stand) -> protocol.StepwiseResult:
        """Return the answer to ``recall/stepwise``."""
        return protocol.StepwiseResult(
            test=stand.test,
            position=stand.position,
            total=stand.total,
            passed=stand.passed,
            through=stand.through,
            record=None if stand.record is None else self.record(stand.record),
            error=None if stand.error is None else self.record(stand.error),
        )

    def preview(
        self, found: Preview, limit: int, definition: Callable[[str], Place | None]
    ) -> protocol.PreviewResult:
        """Return the answer to ``recall/preview`` with at most *limit* tests, 0: all."""
        shown = found.tests[:limit] if limit > 0 else found.tests
        return protocol.PreviewResult(
            tests=[
                protocol.PreviewTest(
                    id=each.id, why=each.why, location=self.maybe(definition(each.id))
                )
                for each in shown
            ],
            total=len(found.tests),
            deselected=found.deselected,
            status=found.status,
            certain=found.certain,
        )

    def summary(self, counts: Counts) -> protocol.SummaryParams:
        """Return the counts."""
        running = counts.running
        return protocol.SummaryParams(
            root=self._uri,
            failed=counts.failed,
            unfinished=counts.unfinished,
            new=counts.new,
            passed=counts.passed,
            stale=counts.stale,
            total=counts.total,
            running=None
            if running is None
            else protocol.Progress(done=running.done, total=running.total, failed=running.failed),
            waiting=counts.waiting,
        )

    def run_started(
        self, name: RunName, command: str, terminal: str | None, launch: Launch | None
    ) -> protocol.RunStartedParams:
        """Return the beginning of a run."""
        return protocol.RunStartedParams(
            root=self._uri,
            run=name.run,
            token=name.token,
            command=command,
            terminal=terminal,
            launch=None if launch is None else debug_launch(launch),
        )

    def run_events(
        self, name: RunName, selected: int | None, events: tuple[RunEvent, ...]
    ) -> protocol.RunEventsParams:
        """Return what happened in a run."""
        return protocol.RunEventsParams(
            root=self._uri,
            run=name.run,
            token=name.token,
            selected=selected,
            events=[
                protocol.RunEvent(
                    kind=event.kind,
                    id=event.id if event.kind not in {"finished", "unfinished"} else None,
                    record=None if event.record is None else self.record(event.record),
                    output=event.output,
                )
                for event in events
            ],
        )

    def run_ended(self, name: RunName, report: RunReport) -> protocol.RunEndedParams:
        """Return the end of a run."""
        return protocol.RunEndedParams(
            root=self._uri,
            run=name.run,
            token=name.token,
            exit_status=report.exit_status,
            cancelled=report.cancelled,
            counts=report.counts,
        )


def run_result(report: RunReport) -> protocol.RunResult:
    """Return the answer to ``recall/run``."""
    return protocol.RunResult(
        run=report.run,
        exit_status=report.exit_status,
        cancelled=report.cancelled,
        counts=report.counts,
        duration=report.duration,
        problem=report.problem,
        notices=list(report.notices),
    )


def marks(uri: str, version: int, value: Marks) -> protocol.MarkersParams:
    """Return the marks of a document."""
    return protocol.MarkersParams(
        uri=uri,
        version=version,
        failures=[
            protocol.FailureMarker(
                range=span(mark.span),
                message=mark.message,
                ids=list(mark.ids),
                outdated=mark.outdated,
                stale=mark.stale,
            )
            for mark in value.failures
        ],
        new=[_def_marker(mark) for mark in value.new],
        unfinished=[_def_marker(mark) for mark in value.unfinished],
        skipped=[
            protocol.SkipMarker(range=span(mark.span), message=mark.message, ids=list(mark.ids))
            for mark in value.skipped
        ],
        failed=[
            protocol.FailedMarker(range=span(mark.span), ids=list(mark.ids), runs=mark.runs)
            for mark in value.failed
        ],
        outdated=[_def_marker(mark) for mark in value.outdated],
        traces=[
            protocol.TraceMarker(
                range=span(mark.span),
                failures=[
                    protocol.TraceFailure(id=node_id, message=message)
                    for node_id, message in mark.failures
                ],
                count=mark.count,
            )
            for mark in value.traces
        ],
    )


def _def_marker(mark: DefMark) -> protocol.DefMarker:
    return protocol.DefMarker(range=span(mark.span), ids=list(mark.ids))
