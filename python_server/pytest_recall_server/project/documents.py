"""Open documents: their text as it is edited, and the lines that tests and failures are on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import attrs

from pytest_recall_server.model.markers import Anchor, locate
from pytest_recall_server.model.outline import Definition, Span
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.text import Edit, apply_edit, split_lines


@attrs.frozen(kw_only=True)
class _Followed:
    """A failure and the id of the line that it is on."""

    result: Result
    line_id: int


class Document:
    """One open document.

    Every line has an id that it keeps while its statement stays, so that whatever was
    tied to a line is found again after any number of edits.
    """

    def __init__(self, uri: str, path: str, version: int, text: str) -> None:
        self.uri = uri
        self.path = path
        """Relative to the rootdir."""
        self.version = version
        self._fresh = itertools.count()
        self._lines: list[str] = []
        self._ids: list[int] = []
        self._at: dict[int, int] | None = None
        self._as_parsed = False
        """The lines are those that definitions refer to."""
        self._followed: dict[str, _Followed] = {}
        self._parsed_ids: tuple[int, ...] = ()
        self._saved_ids: tuple[int, ...] = ()
        self._saved_lines: Sequence[str] = ()
        """The lines of the file, as far as is known."""
        self.stamp: tuple[int, int] | None = None
        """Time and size of the file when it was last compared with this text."""
        self.replace(version, text)
        self.parsed(self.snapshot())
        self.saved()

    @property
    def lines(self) -> Sequence[str]:
        """The text as it is now."""
        return self._lines

    @property
    def text(self) -> str:
        """The text as it is now, with line feeds between lines."""
        return "\n".join(self._lines)

    @property
    def is_saved(self) -> bool:
        """Tell whether the file has this text, as far as is known."""
        return self._lines == list(self._saved_lines)

    def replace(self, version: int, text: str) -> None:
        """Take a whole new text; lines that are the same at both ends are kept."""
        self.version = version
        new = split_lines(text)
        head = _common(self._lines, new)
        tail = _common(self._lines[head:][::-1], new[head:][::-1])
        fresh = [next(self._fresh) for _ in range(len(new) - head - tail)]
        old_ids = self._ids
        self._ids = [*old_ids[:head], *fresh, *(old_ids[len(old_ids) - tail :] if tail else ())]
        gone = set(old_ids).difference(self._ids)
        self._lines = new
        self._at, self._as_parsed = None, False
        self._move_from(gone, min(head, len(new) - 1))

    def edit(self, version: int, edit: Edit) -> None:
        """Take one edit."""
        self.version = version
        gone = apply_edit(self._lines, self._ids, edit, self._fresh)
        self._at, self._as_parsed = None, False
        if gone:
            self._move_from(gone, min(edit.line, len(self._lines) - 1))

    def _move_from(self, gone: set[int], line: int) -> None:
        """Tie what was on lines that are gone to where they were."""
        for node_id, followed in self._followed.items():
            if followed.line_id in gone:
                self._followed[node_id] = attrs.evolve(followed, line_id=self._ids[line])

    def snapshot(self) -> tuple[int, ...]:
        """Return the ids of the lines as they are now."""
        return tuple(self._ids)

    def parsed(self, snapshot: tuple[int, ...]) -> None:
        """Take note that definitions now refer to the lines of *snapshot*."""
        self._parsed_ids = snapshot
        self._as_parsed = list(snapshot) == self._ids

    def saved(self) -> None:
        """Take note that the file on disk now has this text."""
        self._saved_ids = self.snapshot()
        self._saved_lines = tuple(self._lines)

    def is_on_disk(self, lines: Sequence[str]) -> None:
        """Take note of the lines of the file, whoever wrote it.

        Where they are not those of the document, they are matched from both ends.
        """
        if list(lines) == self._lines:
            self.saved()
            return
        if list(lines) == list(self._saved_lines):
            return
        head = _common(self._lines, lines)
        tail = _common(self._lines[head:][::-1], lines[head:][::-1])
        fresh = [next(self._fresh) for _ in range(len(lines) - head - tail)]
        self._saved_ids = (*self._ids[:head], *fresh, *self._ids[len(self._ids) - tail :])
        self._saved_lines = tuple(lines)

    def may_be_saved(self) -> None:
        """Take the file's own text for the document's again, if that is what it has become."""
        self.is_on_disk(self._saved_lines)

    def opened_on(self, lines: Sequence[str]) -> None:
        """Take note of the lines of the file when a document is opened that may be unsaved."""
        self.is_on_disk(lines)
        self.parsed(self._saved_ids)

    def _line_of(self, line_id: int) -> int | None:
        if self._at is None:
            self._at = {known: line for line, known in enumerate(self._ids)}
        return self._at.get(line_id)

    def _present(self, snapshot: tuple[int, ...], line: int) -> int:
        """Return where a line of *snapshot* is now, or where its nearest predecessor is."""
        for index in range(min(line, len(snapshot) - 1), -1, -1):
            present = self._line_of(snapshot[index])
            if present is not None:
                return present
        return 0

    def present_span(self, span: Span) -> Span:
        """Return where a stretch of the parsed text is now."""
        if self._as_parsed:
            return span
        line = self._present(self._parsed_ids, span.line)
        end_line = max(line, self._present(self._parsed_ids, span.end_line))
        return attrs.evolve(span, line=line, end_line=end_line)

    def present(self, items: Iterable[Definition]) -> tuple[Definition, ...]:
        """Return definitions of the parsed text at the lines where they are now."""
        if self._as_parsed:
            return tuple(items)
        return tuple(
            attrs.evolve(
                item,
                span=self.present_span(item.span),
                children=self.present(item.children),
            )
            for item in items
        )

    def follow(self, failures: Mapping[str, Result], spans: Mapping[str, Span]) -> None:
        """Follow *failures* (id → result, all placed in this document) and no others.

        *spans*: where the tests are now whose failing statement must lie within them.
        """
        for node_id in self._followed.keys() - failures.keys():
            del self._followed[node_id]
        for node_id, result in failures.items():
            known = self._followed.get(node_id)
            if (known is not None and known.result == result) or result.place is None:
                continue
            line = self._present(self._saved_ids, result.place.line)
            if result.statement is not None:
                line = locate(self._lines, result.statement, line, spans.get(node_id))
            line_id = self._ids[min(line, len(self._ids) - 1)]
            self._followed[node_id] = _Followed(result=result, line_id=line_id)

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the followed failures at the lines where they are now."""
        return tuple(
            Anchor(
                id=node_id,
                message=followed.result.message or "failed",
                statement=followed.result.statement,
                line=self._line_of(followed.line_id) or 0,
            )
            for node_id, followed in self._followed.items()
        )


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
