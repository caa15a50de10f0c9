"""A client that knows rust-analyzer's test explorer messages, step by step as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

import attrs
from lsprotocol import types
from tests.python.server.conftest import Start
from tests.python.server.explorertrees import ClientTree, FlatTree
from tests.python.server.support import PATIENCE, WATCHING, Session

from pytest_recall_server.lsp.testexplorer import messages
from pytest_recall_server.lsp.testexplorer.messages import DiscoverTestResults
from pytest_recall_server.lsp.uris import uri_of

ANNOUNCED = types.ClientCapabilities(experimental={"testExplorer": True})
BOTH = types.ClientCapabilities(workspace=WATCHING.workspace, experimental={"testExplorer": True})
TREE = {
    "test_top.py": "class TestX:\n    def test_a(self): ...\n\n\ndef test_b(): ...\n",
    "unit/test_unit.py": (
        "import pytest, unittest\n\n\n"
        "class Case(unittest.TestCase):\n    def test_u(self): ...\n\n\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_many(n): ...\n"
    ),
    "unit/deep/test_deep.py": "def test_deep(): ...\n",
}
DRAWN = """\
> project package
  > test_top.py module
    TestX module (0)
      test_a test (1)
    test_b test (4)
  > unit package
    > deep package
      > test_deep.py module
        test_deep test (0)
    > test_unit.py module
      Case module (3)
        test_u test (4)
      > test_many test (8)
        [1] test (8)
        [2] test (8)"""


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


async def explore(start: Start, root: Path, **options: object) -> tuple[Session, Explorer]:
    """Start a server for a client that has a test explorer, and open that."""
    options.setdefault("capabilities", ANNOUNCED)
    explorers: list[Explorer] = []
    session = await start(root, before=lambda made: explorers.append(Explorer(made)), **options)  # type: ignore[arg-type] # as the test says
    [explorer] = explorers
    await explorer.open()
    explorer.check()
    return session, explorer


def told_by_recall(session: Session, *roots: Path) -> set[str]:
    """Return the ids of all items that ``recall/tests`` tells of."""
    found = set()
    for root in map(uri_of, map(str, roots or (session.root,))):
        found.add(root)
        for path in session.trees[root]:
            parts = path.split("/")
            found.update(f"{root}#{'/'.join(parts[:end])}" for end in range(1, len(parts) + 1))
            found.update(f"{root}#{node_id}" for node_id in session.nodes.get(path, {}))
    return found


def shown(explorer: Explorer) -> set[str]:
    """Return the ids of all rows."""
    return {row.item.id for row in explorer.tree.rows()}
