"""One project with one open document, edited in this process: no client, no waiting."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from tests.python.server.liveedits import PATH, Op, Typist
from tests.python.server.liveoracle import Failure, Oracle, Text, functions_in, names_in

from pytest_recall_server.index.config import read_config
from pytest_recall_server.lsp import present, protocol
from pytest_recall_server.lsp.documents import edit_of
from pytest_recall_server.lsp.uris import uri_of
from pytest_recall_server.model.changes import (
    Counts,
    RecordsChange,
    RunEvent,
    RunName,
    RunReport,
    TreeChange,
)
from pytest_recall_server.model.coverage import CoveredFile
from pytest_recall_server.model.markers import Marks
from pytest_recall_server.model.results import Frame, Place, Result
from pytest_recall_server.project import Project
from pytest_recall_server.project.history import Keys
from pytest_recall_server.runs.debuggee import Launch
from pytest_recall_server.runs.watchdog import Watchdog

LIFE = ("save", "reopen", "reopen unsaved", "disk", "run", "settle", "settle")
"""What may happen besides edits."""


class Told:
    """Keeps the marks that a project tells."""

    def __init__(self) -> None:
        self.marks: protocol.MarkersParams | None = None

    def marks_changed(self, uri: str, version: int, marks: Marks) -> None:
        self.marks = present.marks(uri, version, marks)

    def root_changed(self, root: str) -> None: ...
    def tree_changed(self, root: str, change: TreeChange) -> None: ...
    def records_changed(self, root: str, change: RecordsChange) -> None: ...
    def counts_changed(self, root: str, counts: Counts) -> None: ...
    def cache_changed(self, root: str) -> None: ...
    def covered(self, root: str, token: str, files: Sequence[CoveredFile]) -> None: ...
    def run_started(
        self, root: str, name: RunName, command: str, terminal: str | None, launch: Launch | None
    ) -> None: ...
    def run_went_on(
        self, root: str, name: RunName, selected: int | None, events: tuple[RunEvent, ...]
    ) -> None: ...
    def run_ended(self, root: str, name: RunName, report: RunReport) -> None: ...


class Bench:
    """The project, its document, and what the model says of both."""

    def __init__(self, root: Path, text: str) -> None:
        self.file = root / PATH
        self.told = Told()
        self.project = Project(read_config(str(root), {}), {}, Watchdog(), self.told)
        self.typist = Typist(Text(text))
        self.saved = self.typist.text.matched(text)
        self.failures: dict[str, Failure] = {}
        self.traces: dict[str, Failure] = {}
        """Of the failures whose tracebacks go through a line outside of tests: that line."""
        self.known: set[str] = set()
        self.version = 0
        self.time = 1.0
        self._mtime = 10**18

    @property
    def text(self) -> Text:
        """The text as the client has it."""
        return self.typist.text

    # What happens.

    async def begin(self) -> None:
        """Fail every other test and open the document."""
        self._write()
        names = list(functions_in(self.saved.text) or ())
        self.known = set(names[::2])
        node_ids = frozenset(f"{PATH}::{name}" for name in self.known)
        await self.project._files.read_all()
        self.project._ready.set()
        self.project._history.set_keys(Keys(node_ids=node_ids))
        await self.run(1)
        self._open(self.text.text)
        await self.settle()

    def _write(self) -> None:
        self.file.write_bytes(self.saved.text.encode())
        self._mtime += 10**9
        os.utime(self.file, ns=(self._mtime, self._mtime))

    def _open(self, text: str) -> None:
        self.version += 1
        if text != self.text.text:
            matched = self.saved.matched(text)
            self.text.text, self.text.ids = matched.text, matched.ids
        self.project.editing.open(uri_of(str(self.file)), str(self.file), self.version, text)

    async def do(self, op: Op) -> None:
        """Let something happen."""
        kind, numbers = op
        if kind == "save":
            self.saved = Text(self.text.text, list(self.text.ids), self.text.fresh)
            self._write()
            self.project.editing.save(str(self.file))
            await self.project._update_files()
        elif kind == "disk":
            await self._change_disk(numbers)
        elif kind.startswith("reopen"):
            self._reopen(self.text.text if kind.endswith("unsaved") else self.saved.text)
        elif kind == "run":
            await self.run(numbers[0])
        elif kind == "settle":
            await self.settle()
        else:
            self.change(self.typist.type(op))

    async def _change_disk(self, numbers: tuple[int, int, int]) -> None:
        other = Typist(Text(self.saved.text, list(self.saved.ids), self.text.fresh))
        other.type(("line" if numbers[2] % 2 else "block", numbers))
        self.saved = self.text.matched(other.text.text)
        self._write()
        await self.project._update_files()

    def _reopen(self, text: str) -> None:
        """Close the document and open it: all that is known is what the file says now."""
        self.project.editing.close(str(self.file))
        self._open(text)
        self.saved = self.text.matched(self.saved.text)
        for node_id, failure in self.failures.items():
            result = self.project._history.results[node_id]
            assert result.place is not None
            self._place(node_id, failure, result.place.line)
            if node_id in self.traces:
                self._place(node_id, self.traces[node_id], result.frames[0].place.line)

    def _place(self, node_id: str, failure: Failure, line: int) -> None:
        """Find out what a failure is about, from the *line* that it was on and the file."""
        lines = self.saved.lines()
        tests = functions_in(self.saved.text)
        first, last = (tests or {}).get(names_in(node_id), (0, -1))
        there = line < len(lines) and lines[line].strip() == failure.statement
        if there and (first <= line <= last or not failure.own or tests is None):
            failure.chars, failure.bounds = self.saved.chars(line), self.saved.bounds(line)
            failure.others = self.saved.beside(failure.statement, failure.chars)
        else:
            # Before it is parsed, that it is in another test cannot be known.
            failure.others, failure.chars = frozenset(), frozenset()
            failure.bounds = self.saved.bounds(line) if there else (-3, -3)
        failure.sound = False

    async def run(self, number: int) -> None:
        """Let a run of the file on disk end, in which some tests failed."""
        self._meet_disk()
        lines, self.time = self.saved.lines(), self.time + 1
        for count, (name, (first, last)) in enumerate(
            (functions_in(self.saved.text) or {}).items()
        ):
            node_id = f"{PATH}::{name}"
            places = [at for at in range(first, last + 1) if "assert" in lines[at]]
            if (number + count) % 3 == 0 or not places:
                passed = Result(id=node_id, outcome="passed", when=self.time)
                self.project._history.add_result(passed)
                self.failures.pop(node_id, None)
                self.traces.pop(node_id, None)
            else:
                self._fail(node_id, places[number % len(places)], number + count)
        marked = (*self.failures.values(), *self.traces.values())
        self.typist.failing = frozenset().union(*(each.chars for each in marked))
        await self.project._publish()

    def _fail(self, node_id: str, line: int, number: int) -> None:
        lines = self.saved.lines()
        helper = next((at for at, text in enumerate(lines) if text.startswith("def check")), None)
        own = helper is None or "helped" not in node_id or "assert" not in lines[helper + 1]
        line = line if own or helper is None else helper + 1
        place = Place(path=PATH, line=line)
        name = names_in(node_id).rpartition("::")[2] if own else "check"
        statement = lines[line].strip()
        frames = (*self._way(node_id, line, number), Frame(name=name, place=place))
        self.project._history.add_result(
            Result(
                id=node_id,
                outcome="failed",
                when=self.time,
                message="m",
                place=place,
                statement=statement,
                frames=frames,
            )
        )
        failure = Failure(node_id, statement, own, self.saved.chars(line), self.saved.bounds(line))
        failure.others = self.saved.beside(statement, failure.chars)
        failure.sound = False
        self.failures[node_id] = failure

    def _way(self, node_id: str, failing: int, number: int) -> tuple[Frame, ...]:
        """Return a frame outside of tests on the way to the *failing* line, where there is one."""
        self.traces.pop(node_id, None)
        lines, tests = self.saved.lines(), (functions_in(self.saved.text) or {}).values()
        outside = [
            line
            for line, text in enumerate(lines)
            if text.strip()
            and line != failing
            and not any(first <= line <= last for first, last in tests)
        ]
        if not outside:
            return ()
        line = outside[number % len(outside)]
        statement = lines[line].strip()
        trace = Failure(node_id, statement, own=False, chars=self.saved.chars(line), sound=False)
        trace.bounds = self.saved.bounds(line)
        trace.others = self.saved.beside(statement, trace.chars)
        self.traces[node_id] = trace
        place = Place(path=PATH, line=line)
        return (Frame(name="helper", place=place, statement=statement),)

    def change(self, changes: list[types.TextDocumentContentChangeEvent]) -> None:
        """Send changes."""
        self.version += 1
        edits = [edit_of(change) for change in changes]
        self.project.editing.change(str(self.file), self.version, edits)

    def _meet_disk(self) -> None:
        """Take what was typed anew for what the file says, where that is the same."""
        if self.saved.lines() == self.text.lines():
            self.saved = Text(self.text.text, list(self.text.ids), self.text.fresh)

    async def settle(self) -> None:
        """Do at once what the server does after a rest: parse, and tell."""
        self._meet_disk()
        await self.project.editing._parse(PATH)
        await self.project._publish()

    # What must be so.

    def faults(self, *, settled: bool) -> list[str]:
        """Return what is wrong with the marks that were told last."""
        assert self.told.marks is not None
        tests = functions_in(self.text.text) or {}
        oracle = Oracle(self.text, self.failures)
        new = {name for name in tests if name not in self.known}
        marks = self.told.marks
        return [
            *oracle.faults(marks, self.version, settled=settled, new=new),
            *oracle.trace_faults(marks, self.traces, settled=settled),
        ]

    async def play(self, script: list[Op]) -> list[str]:
        """Let all of *script* happen; return the first faults."""
        await self.begin()
        for at, op in enumerate([("settle", (0, 0, 0)), *script]):
            await self.do(op)
            for settled in (False, True):
                if settled:
                    await self.settle()
                if found := self.faults(settled=settled):
                    assert self.told.marks is not None
                    return [f"after {at}, {op}, {settled=}:", *found, self.text.text]
        return []
