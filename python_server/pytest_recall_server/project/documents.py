"""Open documents: their text as it is edited, and the lines that tests and failures are on."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import add

from pytest_recall_server.model.ids import function_of
from pytest_recall_server.model.markers import Anchor
from pytest_recall_server.model.outline import Definition
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.model.text import (
    Edit,
    Splice,
    Stretch,
    apply_edit,
    difference,
    line_ends,
    split_lines,
    statement_on,
    written,
)
from pytest_recall_server.project.defined import Defined

_LONG_LOG = 5000
_MANY_OTHERS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A document at one moment."""

    revision: int
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Followed:
    """A failure and where its statement is."""

    result: Result
    own: bool
    """The statement is one of the test's own."""
    stretch: Stretch
    others: tuple[Stretch, ...] | None = ()
    """Of one that is lost: what said the same beside it.

    None: that cannot be followed, so that what says the same now may be any of them.
    """

    def moved(self, splice: Splice) -> _Followed:
        """Return it after an edit."""
        others = self.others and _followable(each.moved(splice) for each in self.others)
        return replace(self, stretch=self.stretch.moved(splice), others=others)


class Document:
    """One open document.

    Every edit moves what is followed; what is looked for less often is moved by all edits
    since, which are kept for that.
    """

    def __init__(self, uri: str, path: str, version: int, text: str) -> None:
        self.uri = uri
        self.path = path
        """Relative to the rootdir."""
        self.version = version
        self._lines = split_lines(text)
        self._ends = line_ends(text)
        self._edits: list[Splice] = []
        self._revision = 0
        """How many edits there were."""
        self._changing = 0
        """The revision before the change that is under way."""
        self._followed: dict[str, _Followed] = {}
        self._defined = Defined.nothing()
        self._looked_for = 0
        """For how many sets of definitions what is lost was looked for."""
        self._saved_lines: Sequence[str] = ()
        """The lines of the file, as far as is known."""
        self.edition = 0
        """How often they became others, or the document was found to have become what they are."""
        self._saved_revision = 0
        self._saved_splice: Splice | None = None
        """What makes the text of that revision of that of the file."""
        self.stamp: tuple[int, int] | None = None
        """Time and size of the file when it was last compared with this text."""
        self.saved()

    @property
    def lines(self) -> Sequence[str]:
        """The text as it is now."""
        return self._lines

    @property
    def text(self) -> str:
        """The text as it is now, with its own line ends."""
        return "".join(map(add, self._lines, self._ends))

    @property
    def defined(self) -> int:
        """How often definitions were taken: what was found by their means holds as long."""
        return self._defined.number

    @property
    def is_saved(self) -> bool:
        """Tell whether the file has this text, as far as is known."""
        return self._lines == list(self._saved_lines)

    # Edits.

    def replace(self, text: str) -> None:
        """Take a whole new text; lines that are the same at both ends are kept."""
        new = split_lines(text)
        splice = difference(self._lines, new)
        self._lines, self._ends = new, line_ends(text)
        if splice is not None:
            self._move(splice)

    def change(self, version: int, edits: Iterable[Edit | str]) -> None:
        """Take edits, or whole texts, in order."""
        self.begin_change(version)
        for edit in edits:
            if isinstance(edit, str):
                self.replace(edit)
            else:
                self.edit(edit)

    def begin_change(self, version: int) -> None:
        """Take note that a change comes, of any number of edits."""
        self.version = version
        self._changing = self._revision

    def edit(self, edit: Edit) -> None:
        """Take one edit."""
        self._move(apply_edit(self._lines, self._ends, edit))

    def _move(self, splice: Splice) -> None:
        self._revision += 1
        self._edits.append(splice)
        for node_id, followed in self._followed.items():
            now = followed.moved(splice)
            if now.stretch.lost and not followed.stretch.lost:
                now = replace(now, others=self._beside(now.result.statement))
            self._followed[node_id] = now
        if len(self._edits) > _LONG_LOG:
            self._compare(self._saved_lines)
            since = self._since(self._defined.revision)
            self._defined.rebase(tuple(self._lines), since, self._revision)
            self._edits.clear()
            self._changing = self._revision

    def _beside(self, statement: str | None) -> tuple[Stretch, ...] | None:
        """Return what says *statement* and was not written by the change under way."""
        same = (at for at, text in enumerate(self._lines) if text.strip() == statement)
        splices = self._since(self._changing)
        found = (statement_on(self._lines, line) for line in same)
        return _followable(each for each in found if not written(each.begin, splices))

    def _since(self, revision: int) -> Sequence[Splice]:
        """Return the edits since *revision*."""
        count = self._revision - revision
        return self._edits[-count:] if count else ()

    # The file.

    def saved(self) -> None:
        """Take note that the file on disk now has this text."""
        if self.edition and self._saved_splice is None and self._saved_revision == self._revision:
            return
        self.edition += 1
        self._saved_lines = tuple(self._lines)
        self._saved_revision, self._saved_splice = self._revision, None

    def is_on_disk(self, lines: Sequence[str]) -> None:
        """Take note of the lines of the file, whoever wrote it.

        Where they are not those of the document, they are matched from both ends.
        """
        if list(lines) == self._lines:
            self.saved()
        elif list(lines) != list(self._saved_lines):
            self._compare(lines)

    def may_be_saved(self) -> None:
        """Take the file's own text for the document's again, if that is what it has become."""
        self.is_on_disk(self._saved_lines)

    def _compare(self, lines: Sequence[str]) -> None:
        self.edition += 1
        self._saved_splice = difference(lines, self._lines)
        self._saved_lines = tuple(lines)
        self._saved_revision = self._revision

    def _from_disk(self, line: int) -> Stretch:
        """Return where a statement of the file is now; *line* exists there."""
        stretch = statement_on(self._saved_lines, line)
        if self._saved_splice is not None:
            stretch = stretch.moved(self._saved_splice)
        for splice in self._since(self._saved_revision):
            stretch = stretch.moved(splice)
        return stretch

    # Definitions.

    def snapshot(self) -> Snapshot:
        """Return the document as it is now."""
        return Snapshot(revision=self._revision, lines=tuple(self._lines))

    def define(self, snapshot: Snapshot, definitions: Iterable[Definition]) -> bool:
        """Take what *snapshot* defines; return whether that can still be followed."""
        if self._revision - snapshot.revision > len(self._edits):
            return False
        self._defined = self._defined.then(
            self.path, snapshot.lines, snapshot.revision, definitions
        )
        return True

    def opened_on(self, lines: Sequence[str], definitions: Iterable[Definition] | None) -> None:
        """Take the file's lines and definitions when a document is opened that may be unsaved."""
        self.is_on_disk(lines)
        if definitions is None:
            return
        self._defined = self._defined.then(self.path, lines, self._revision, definitions)
        if self._saved_splice is not None:
            self._defined.rebase(tuple(self._lines), [self._saved_splice], self._revision)

    @property
    def ever_defined(self) -> Collection[str]:
        """The ids of all that was ever defined, without parameters."""
        return self._defined.ever

    def was_defined(self, node_ids: Iterable[str]) -> None:
        """Take note of what was defined before the document was opened."""
        self._defined.ever.update(node_ids)

    def present(self) -> tuple[Definition, ...]:
        """Return the definitions at the lines where they are now."""
        return self._defined.present(self._lines, self._since(self._defined.revision))

    def functions(self) -> Collection[str]:
        """Return the ids of all functions defined."""
        return self._defined.functions

    def line_of(self, node_id: str) -> int | None:
        """Return the line of the ``def`` of a test (or class), as far as that is certain."""
        return self._defined.line_of(node_id, self._lines, self._since, self._revision)

    def _lines_of(self, node_id: str) -> range | None:
        """Return the lines of a test; none where it is gone, None where they are not known."""
        function = function_of(node_id)
        if self._defined.is_gone(function):
            return range(0)
        return self._defined.lines_of(function, self._since, self._revision)

    # Failures.

    def follow(self, failures: Mapping[str, Result], own: Collection[str]) -> None:
        """Follow *failures* (id → result, all placed in this document) and no others.

        *own*: those whose statement is one of the test's own.
        """
        for node_id in self._followed.keys() - failures.keys():
            del self._followed[node_id]
        for node_id, result in failures.items():
            known = self._followed.get(node_id)
            if (known is None or known.result != result) and result.place is not None:
                self._followed[node_id] = self._placed(result, result.place, own=node_id in own)
        if self._looked_for != self.defined:
            self._looked_for = self.defined
            for node_id, followed in self._followed.items():
                if followed.stretch.lost:
                    self._followed[node_id] = self._found(followed)

    def _placed(self, result: Result, place: Place, *, own: bool) -> _Followed:
        line = min(place.line, len(self._saved_lines) - 1)
        stretch = self._from_disk(line)
        followed = _Followed(result=result, own=own, stretch=stretch)
        if result.statement is None:
            return followed
        is_there = line == place.line and self._saved_lines[line].strip() == result.statement
        if is_there and not stretch.lost and not self._is_astray(followed):
            return followed
        nowhere = replace(stretch, end=stretch.begin, lost=True)
        followed = replace(followed, stretch=nowhere)
        if is_there:
            others = _followable(
                self._from_disk(other)
                for other, text in enumerate(self._saved_lines)
                if text.strip() == result.statement and other != line
            )
            followed = replace(followed, others=others)
        return self._found(followed)

    def _found(self, followed: _Followed) -> _Followed:
        """Return a failure that is lost at the one line that says what it said."""
        inside: range | None = range(len(self._lines))
        if followed.own:
            # Where its test is not known, another test may say the same.
            inside = self._lines_of(followed.result.id)
        if inside is None or followed.others is None:
            return followed
        statement = followed.result.statement
        others = {each.begin[0] for each in followed.others}
        same = [
            line for line in inside if line not in others and self._lines[line].strip() == statement
        ]
        # None or several lines say so: any of them may be the wrong one.
        if len(same) != 1:
            return followed
        return replace(followed, stretch=statement_on(self._lines, same[0]), others=())

    def _is_astray(self, followed: _Followed) -> bool:
        """Tell whether the statement is now in another test than its own."""
        lines = self._lines_of(followed.result.id) if followed.own else None
        return lines is not None and followed.stretch.begin[0] not in lines

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the followed failures at the lines where they are now."""
        return tuple(
            Anchor(
                id=node_id,
                message=followed.result.message or "failed",
                statement=followed.result.statement,
                line=followed.stretch.begin[0],
                lost=followed.stretch.lost or self._is_astray(followed),
            )
            for node_id, followed in self._followed.items()
        )


def _followable(others: Iterable[Stretch]) -> tuple[Stretch, ...] | None:
    found = tuple(itertools.islice(others, _MANY_OTHERS + 1))
    sound = len(found) <= _MANY_OTHERS and not any(each.lost for each in found)
    return found if sound else None
