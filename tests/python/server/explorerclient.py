"""Two clients that know rust-analyzer's test explorer messages, step by step as they are written.

``ClientTree`` does what ``editors/code/src/test_explorer.ts`` of rust-analyzer does, with VS Code's
collections of test items; where that would throw, ``faults`` says so.  ``FlatTree`` is a client
that keeps items by their ids and drops them by what a message replaces: the whole top level, what
is below the items of ``scope``, or else what lies in the files of ``scopeFile``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import cast

import attrs
from lsprotocol import types
from tests.python.server.support import PATIENCE, Session

from pytest_recall_server.lsp.testexplorer import messages
from pytest_recall_server.lsp.testexplorer.messages import DiscoverTestResults, TestItem

ANNOUNCED = types.ClientCapabilities(experimental={"testExplorer": True})


@attrs.define(eq=False)
class Row:
    """A ``vscode.TestItem``."""

    item: TestItem
    parent: Row | None = None
    children: dict[str, Row] = attrs.field(factory=dict)

    @property
    def uri(self) -> str | None:
        document = self.item.text_document
        return None if document is None else document.uri


class ClientTree:
    """The tree of rust-analyzer's client."""

    def __init__(self, resolve: Callable[[str | None], None]) -> None:
        self.items: dict[str, Row] = {}
        self.faults: list[str] = []
        self._resolve = resolve
        self._by_id: dict[str, Row] = {}
        self._by_file: dict[str, list[Row]] = {}

    def refresh(self) -> None:
        """Forget all, and ask anew."""
        self.items.clear()
        self._by_id = {}
        self._resolve(None)

    def knows(self, known: str) -> bool:
        return known in self._by_id

    def _delete(self, row: Row, among: dict[str, Row]) -> None:
        if among.pop(row.item.id, None) is not None:
            row.parent = None
        self._by_id.pop(row.item.id, None)
        if row.uri is not None:
            rows = self._by_file[row.uri]
            self._by_file[row.uri] = [each for each in rows if each.item.id != row.item.id]

    def _add(self, item: TestItem) -> None:
        if item.parent is not None and item.parent not in self._by_id:
            self.faults.append(f"{item.id}: its parent {item.parent} is not known")
            return
        parent = None if item.parent is None else self._by_id[item.parent]
        among = self.items if parent is None else parent.children
        old = among.get(item.id)
        if old is not None:
            if old.item.text_document == item.text_document:
                old.item = attrs.evolve(old.item, range=item.range)
                return
            self._delete(old, among)
        row = Row(item=item, parent=parent)
        self._by_id[item.id] = row
        if row.uri is not None:
            self._by_file.setdefault(row.uri, []).append(row)
        among[item.id] = row

    def add_group(self, results: DiscoverTestResults) -> None:
        """Take an answer or a notification."""
        for item in results.tests:
            self._add(item)
        said = {item.id for item in results.tests}
        if results.scope is None and results.scope_file is None:
            for item in results.tests:
                self._resolve(item.id)
        for known in results.scope or ():
            if known not in self._by_id:
                self.faults.append(f"the scope {known} is not known")
                return
            self._remove(self._by_id[known].children, said)
        for document in results.scope_file or ():
            for row in [r for r in self._by_file.get(document.uri, []) if r.item.id not in said]:
                self._delete(row, self.items if row.parent is None else row.parent.children)

    def _remove(self, rows: dict[str, Row], said: set[str]) -> None:
        for known, row in list(rows.items()):
            if known not in said:
                self._delete(row, rows)
            else:
                self._remove(row.children, said)

    def rows(self) -> Iterator[Row]:
        """Yield all rows that are shown."""
        waiting = list(self.items.values())
        while waiting:
            row = waiting.pop()
            yield row
            waiting += row.children.values()

    def draw(self) -> str:
        """Return the tree: ``>`` means that there may be more below."""
        return "\n".join(_drawn(self.items.values(), 0))


def _drawn(rows: Sequence[Row] | object, depth: int) -> Iterator[str]:
    for row in sorted(cast("Sequence[Row]", rows), key=_place):
        item = row.item
        place = "" if item.range is None else f" ({item.range.start.line})"
        more = "> " if item.can_resolve_children else ""
        yield f"{'  ' * depth}{more}{item.label} {item.kind}{place}"
        yield from _drawn(row.children.values(), depth + 1)


def _place(row: Row) -> tuple[int, str]:
    item = row.item
    return (-1 if item.range is None else item.range.start.line, item.label)


class FlatTree:
    """The items of a client that keeps them by their ids."""

    def __init__(self) -> None:
        self.items: dict[str, TestItem] = {}

    def add_group(self, results: DiscoverTestResults, *, is_top: bool = False) -> None:
        """Take an answer or a notification."""
        said = {item.id: item for item in results.tests}
        if is_top:
            gone = [k for k, item in self.items.items() if item.parent is None and k not in said]
            for known in gone:
                self._drop_below(known)
                del self.items[known]
        elif results.scope is not None:
            for known in results.scope:
                self._drop_below(known)
        elif results.scope_file:
            for known, item in list(self.items.items()):
                if item.text_document in results.scope_file:
                    del self.items[known]
        self.items.update(said)

    def _drop_below(self, known: str) -> None:
        for each in [k for k, item in self.items.items() if item.parent == known]:
            self._drop_below(each)
            del self.items[each]

    def shown(self) -> set[str]:
        """Return the ids of the items whose parents are all there."""
        return {known for known, item in self.items.items() if self._is_shown(item)}

    def _is_shown(self, item: TestItem) -> bool:
        if item.parent is None:
            return True
        parent = self.items.get(item.parent)
        return parent is not None and self._is_shown(parent)


@attrs.define
class Run:
    """What a client was told of one run."""

    states: list[tuple[str, messages.TestState]] = attrs.field(factory=list)
    output: list[str] = attrs.field(factory=list)

    def last(self) -> dict[str, messages.TestState]:
        """Return how each test stood in the end."""
        return dict(self.states)

    def tags(self, root: str) -> dict[str, str]:
        """Return the last tags of the tests of one root by node id."""
        return {
            known.removeprefix(root + "#"): state.tag
            for known, state in self.last().items()
            if known.startswith(root)
        }


class Explorer:
    """Both clients on one server."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.tree = ClientTree(self._resolve)
        self.flat = FlatTree()
        self.groups: list[DiscoverTestResults] = []
        """Notifications alone."""
        self.current: Run | None = None
        self.ends = 0
        self.asked = 0
        self._on(messages.DISCOVERED_TESTS, self._discovered)
        self._on(messages.CHANGE_TEST_STATE, self._changed)
        self._on(messages.APPEND_OUTPUT, self._printed)
        self._on(messages.END_RUN_TEST, self._ended)

    def _on(self, method: str, handler: Callable[[object], None]) -> None:
        def receive(ls: object, params: object) -> None:
            del ls
            handler(params)
            self._session._news.set()

        self._session.client.feature(method)(receive)

    # Tests.

    def _discovered(self, params: object) -> None:
        group = self._session.converter.structure(params, DiscoverTestResults)
        self.groups.append(group)
        self.tree.add_group(group)
        self.flat.add_group(group)

    def _resolve(self, known: str | None) -> None:
        self.asked += 1
        params = {} if known is None else {"testId": known}
        answer: Future[object] = self._session.client.protocol.send_request(
            messages.DISCOVER_TEST, params
        )
        # At once, as the client does: before the next message.
        answer.add_done_callback(lambda done: self._answered(known, done))

    def _answered(self, known: str | None, done: Future[object]) -> None:
        group = self._session.converter.structure(done.result(), DiscoverTestResults)
        self.flat.add_group(group, is_top=known is None)
        self.tree.add_group(group)
        self.asked -= 1
        self._session._news.set()

    async def open(self) -> None:
        """Open the view of tests: the top level is asked for, and what is in it."""
        self._resolve(None)
        await self.quiet()

    async def unfold(self, known: str) -> None:
        """Unfold a row."""
        self._resolve(known)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until all is answered."""
        await self._session.until(lambda: not self.asked)

    async def unfold_all(self) -> None:
        """Unfold every row that may have more below."""
        done: set[str] = set()
        while (
            wanted := {row.item.id for row in self.tree.rows() if row.item.can_resolve_children}
            - done
        ):
            for known in wanted:
                self._resolve(known)
            await self.quiet()
            done |= wanted

    async def shows(self, condition: Callable[[], object]) -> None:
        """Wait until the tree shows something."""
        await self._session.until(condition)
        self.check()

    def check(self) -> None:
        """Check that nothing would have thrown, and that both clients show the same."""
        assert self.tree.faults == []
        assert self.flat.shown() == {row.item.id for row in self.tree.rows()}

    # Runs.

    def _run_of(self, what: str) -> Run:
        if self.current is None:
            self.tree.faults.append(f"{what} without a run")
            return Run()
        return self.current

    def _changed(self, params: object) -> None:
        change = self._session.converter.structure(params, messages.ChangeTestStateParams)
        if not self.tree.knows(change.test_id):
            self.tree.faults.append(f"the state of {change.test_id}, which is not known")
        self._run_of("a state").states.append((change.test_id, change.state))

    def _printed(self, params: object) -> None:
        assert isinstance(params, str)
        self._run_of("output").output.append(params)

    def _ended(self, params: object) -> None:
        assert params is None
        self._run_of("an end")
        self.current = None
        self.ends += 1

    async def begin(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> Run:
        """Begin a run, after the one before has ended."""
        if self.current is not None:
            self.abort()
            await self._session.until(lambda: self.current is None)
        run = self.current = Run()
        asked = {"include": include, "exclude": exclude}
        params = {name: value for name, value in asked.items() if value is not None}
        sent = self._session.client.protocol.send_request(messages.RUN_TEST, params)
        await asyncio.wait_for(asyncio.wrap_future(sent), PATIENCE)
        return run

    async def run(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> Run:
        """Run tests, and wait for the end."""
        run = await self.begin(include, exclude)
        await self.ended()
        return run

    async def ended(self) -> None:
        """Wait for the end of the run."""
        await self._session.until(lambda: self.current is None)
        self.check()

    def abort(self) -> None:
        """Cancel the run."""
        self._session.client.protocol.notify(messages.ABORT_RUN_TEST)
