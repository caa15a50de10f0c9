"""Faults that are planted into the server's way of following edits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_recall_server.model import markers, text
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.text import Point, Splice, Stretch
from pytest_recall_server.model.traces import Trace, Traces
from pytest_recall_server.project import defined, documents, editing, marked, records

Plant = Callable[[pytest.MonkeyPatch], None]


def lines_stay(patch: pytest.MonkeyPatch) -> None:
    """Move nothing that stands behind the lines of an edit."""
    real = Splice.behind

    def planted(self: Splice, point: Point) -> Point:
        return point if point[0] > self.end[0] else real(self, point)

    patch.setattr(Splice, "behind", planted)


def columns_are_code_points(patch: pytest.MonkeyPatch) -> None:
    """Count characters where LSP counts UTF-16."""
    patch.setattr(text, "code_points", lambda line, units: min(units, len(line)))


def form_feeds_end_lines(patch: pytest.MonkeyPatch) -> None:
    """Split as ``str.splitlines`` does."""

    def planted(whole: str) -> list[str]:
        return text._LINE_END.split(whole.replace("\f", "\n"))

    patch.setattr(documents, "split_lines", planted)


def what_is_removed_is_not_lost(patch: pytest.MonkeyPatch) -> None:
    """Take what follows a removed statement for it."""
    real = Stretch.moved

    def planted(self: Stretch, splice: Splice) -> Stretch:
        moved = real(self, splice)
        end = (moved.begin[0], moved.begin[1] + 1)
        return replace(moved, end=end, lost=False) if moved.lost else moved

    patch.setattr(Stretch, "moved", planted)


def nothing_is_outdated(patch: pytest.MonkeyPatch) -> None:
    """Say nothing of changed statements."""
    patch.setattr(markers, "is_outdated", lambda *_: False)


def twins_are_the_same(patch: pytest.MonkeyPatch) -> None:
    """Take what says the same beside a removed statement for it."""
    patch.setattr(documents, "_followable", lambda _: ())


def any_test_will_do(patch: pytest.MonkeyPatch) -> None:
    """Look for a lost statement in other tests too, and leave it there."""
    patch.setattr(records, "_is_own", lambda _: False)


def results_are_for_the_open_text(patch: pytest.MonkeyPatch) -> None:
    """Take the lines of a run for those of the document, whatever is unsaved in it."""

    def planted(self: documents.Document, line: int) -> Stretch:
        return text.statement_on(self.lines, min(line, len(self.lines) - 1))

    patch.setattr(documents.Document, "_from_disk", planted)


def defs_are_where_they_were(patch: pytest.MonkeyPatch) -> None:
    """Mark the line of a ``def`` whatever has become of it."""
    patch.setattr(defined._Tracked, "is_on", lambda *_: True)


def the_version_is_the_last_but_one(patch: pytest.MonkeyPatch) -> None:
    """Tell the marks of an edit as those of the text before."""
    real = documents.Document.begin_change

    def planted(self: documents.Document, version: int) -> None:
        real(self, version - 1)

    patch.setattr(documents.Document, "begin_change", planted)


def only_the_first_edit_counts(patch: pytest.MonkeyPatch) -> None:
    """Pass over all edits of a change but the first."""
    real = editing.Editing.change

    def planted(self: editing.Editing, path: str, version: int, edits: list[object]) -> None:
        real(self, path, version, edits[:1])  # type: ignore[arg-type] # as it came

    patch.setattr(editing.Editing, "change", planted)


def line_ends_are_never_joined(patch: pytest.MonkeyPatch) -> None:
    """Take a line feed that is written behind a carriage return for another line end."""
    real = text.apply_edit

    def planted(lines: list[str], ends: list[str], edit: text.Edit) -> Splice:
        return real(lines, [end and "\n" for end in ends], edit)

    patch.setattr(documents, "apply_edit", planted)


def traces_are_never_outdated(patch: pytest.MonkeyPatch) -> None:
    """Mark lines that tracebacks went through whatever they say by now."""
    real = markers.trace_marks

    def planted(
        lines: list[str], located: list[tuple[markers.Anchor, Trace]], *others: object
    ) -> object:
        kept = [
            (replace(anchor, statement=lines[anchor.line].strip(), lost=False), trace)
            for anchor, trace in located
            if anchor.line < len(lines)
        ]
        return real(lines, kept, *others)  # type: ignore[arg-type] # as they came

    patch.setattr(marked, "trace_marks", planted)


def all_runs_have_read_one_edition(patch: pytest.MonkeyPatch) -> None:
    """Take what a line says for the line that said so in an earlier run."""
    real = Traces.then

    def planted(self: Traces, path: str, failures: dict[str, Result], _: int) -> Traces:
        return real(self, path, failures, 0)

    patch.setattr(Traces, "then", planted)


PLANTS: tuple[Plant, ...] = (
    lines_stay,
    columns_are_code_points,
    form_feeds_end_lines,
    what_is_removed_is_not_lost,
    nothing_is_outdated,
    twins_are_the_same,
    any_test_will_do,
    results_are_for_the_open_text,
    defs_are_where_they_were,
    the_version_is_the_last_but_one,
    only_the_first_edit_counts,
    line_ends_are_never_joined,
    traces_are_never_outdated,
    all_runs_have_read_one_edition,
)
