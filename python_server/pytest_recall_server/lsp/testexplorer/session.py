"""One ``experimental/runTest``, from its beginning to its ``experimental/endRunTest``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.testexplorer.items import item_id
from pytest_recall_server.lsp.testexplorer.messages import (
    APPEND_OUTPUT,
    CHANGE_TEST_STATE,
    END_RUN_TEST,
    ChangeTestStateParams,
    TestState,
)

Send = Callable[[str, object], None]

_PHASES = {"setup": "error in set-up", "teardown": "error in tear-down"}
_CAPTURED = (("stdout", "Captured stdout"), ("stderr", "Captured stderr"), ("log", "Captured log"))


class Session:
    """Says what its runs say, of tests that the client knows.

    A client has one run at a time, has begun it before it asks, and takes no word of a run after
    its end: there is exactly one, whatever happens.
    """

    def __init__(
        self, send: Send, knows: Callable[[str], bool], reveal: Callable[[str], None]
    ) -> None:
        """*knows* tells whether the client knows an item; *reveal* lets it see one soon."""
        self._send = send
        self._knows = knows
        self._reveal = reveal
        self._held: dict[str, list[TestState]] = {}
        """Of tests that the client does not know yet."""
        self._lines: dict[str, str] = {}
        """Token → the beginning of a line."""
        self._cancels: dict[str, Callable[[], None]] = {}
        self.aborted = False
        self.over = asyncio.Event()

    # Its runs.

    def add(self, token: str, cancel: Callable[[], None]) -> None:
        """Take part in the run with that token."""
        self._cancels[token] = cancel

    def abort(self) -> None:
        """End the runs; the session ends when they have."""
        self.aborted = True
        for cancel in self._cancels.values():
            cancel()

    # What they say.

    def enqueue(self, root: str, node_ids: Iterable[str]) -> None:
        """Say that tests wait, as far as the client knows them."""
        for node_id in node_ids:
            if self._knows(known := item_id(root, node_id)):
                self._change(known, TestState(tag="enqueued"))

    def see(self, params: protocol.RunEventsParams) -> None:
        """Take what happened in a run, which may be none of this session."""
        if params.token not in self._cancels:
            return
        for event in params.events:
            if event.output is not None:
                self._print(params.token or "", event.output)
            for node_id, state in _states(event):
                self._tell(item_id(params.root, node_id), state)

    def say(self, sentence: str) -> None:
        """Say something about the session as a whole."""
        self._send(APPEND_OUTPUT, sentence)

    def release(self) -> None:
        """Say what was held back of tests that the client knows by now."""
        for known in [each for each in self._held if self._knows(each)]:
            for state in self._held.pop(known):
                self._change(known, state)

    def end_output(self, token: str) -> None:
        """Say the last line of a run, which may have no end."""
        if line := self._lines.pop(token, ""):
            self.say(line)

    def end(self) -> None:
        """Say that it is over, once."""
        if self.over.is_set():
            return
        self.over.set()
        self._send(END_RUN_TEST, None)

    def _tell(self, known: str, state: TestState) -> None:
        if known not in self._held and self._knows(known):
            self._change(known, state)
        else:
            self._held.setdefault(known, []).append(state)
            self._reveal(known)

    def _change(self, known: str, state: TestState) -> None:
        self._send(CHANGE_TEST_STATE, ChangeTestStateParams(test_id=known, state=state))

    def _print(self, token: str, text: str) -> None:
        *lines, rest = (self._lines.get(token, "") + text).split("\n")
        self._lines[token] = rest
        for line in lines:
            self.say(line.removesuffix("\r"))


def _states(event: protocol.RunEvent) -> Iterator[tuple[str, TestState]]:
    record = event.record
    if event.kind == "started" and event.id is not None:
        yield event.id, TestState(tag="started")
    elif event.kind == "collectionError" and event.id is not None and record is not None:
        yield event.id, _failed(record)
    elif record is not None:
        yield record.id, state_of(record)


def state_of(record: protocol.Record) -> TestState:
    """Return the state that a result stands for, of the few that there are."""
    if record.outcome in {"passed", "xpassed"}:
        return TestState(tag="passed")
    if record.outcome in {"skipped", "xfailed"}:
        return TestState(tag="skipped")
    return _failed(record)


def _failed(record: protocol.Record) -> TestState:
    differs = record.expected is not None and record.actual is not None
    return TestState(
        tag="failed",
        message=failure_text(record),
        location=record.location,
        expected=record.expected if differs else None,
        actual=record.actual if differs else None,
    )


def failure_text(record: protocol.Record) -> str:
    """Return why a test failed: clients show the first line beside the test."""
    reason = record.message or "failed without a message"
    phase = _PHASES.get(record.phase or "")
    parts = [f"{phase}: {reason}" if phase else reason, record.longrepr]
    for name, title in _CAPTURED:
        text: str = getattr(record, name) or ""
        parts.append(f"----- {title} -----\n{text.rstrip()}" if text.strip() else None)
    for other in record.others:
        what = _PHASES.get(other.phase or "", "failure")
        if other.subtest is not None:
            what = f"subtest {other.subtest}".rstrip()
        parts += [f"{what}: {other.message or 'failed without a message'}", other.longrepr]
    return "\n\n".join(part for part in parts if part)
