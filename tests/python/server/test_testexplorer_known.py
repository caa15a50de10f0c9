"""Whatever happens to tests and in whatever order a client asks: it shows what there is."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.python.server.explorertrees import ClientTree, FlatTree

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.testexplorer import items
from pytest_recall_server.lsp.testexplorer.known import Known
from pytest_recall_server.lsp.testexplorer.messages import DiscoverTestResults

# The second lies in the first, and so does a folder of that name.
ROOTS = ("file:///r", "file:///r/a", "file:///s")
PATHS = ("t.py", "a/t.py", "a/u.py", "a/b/t.py", "c/t.py")
SHAPES = ((), ("f",), ("f", "f[1]"), ("C", "C::f"), ("C", "C::f", "f"), ("f", "f[1]", "f[2]"))
MANY = items.EAGER * 2


@attrs.define
class Server:
    """A few roots, told to ``Known`` as ``recall/*`` tells of them, and two clients of that."""

    roots: list[str] = attrs.field(factory=list)
    files: dict[str, dict[str, tuple[str, ...]]] = attrs.field(factory=dict)
    big: bool = False
    """Each file has so many tests that nothing is told before it is asked for."""
    asked: dict[str, set[str]] = attrs.field(factory=dict)
    rows: dict[tuple[str, str], dict[str, protocol.Node]] = attrs.field(factory=dict)
    known: Known = attrs.field(init=False)
    tree: ClientTree = attrs.field(init=False)
    flat: FlatTree = attrs.field(factory=FlatTree)
    waiting: list[str | None] = attrs.field(factory=list)
    """What the client asks for when it has taken a message."""

    def __attrs_post_init__(self) -> None:
        self.known = Known(self.ask)
        self.tree = ClientTree(self.waiting.append)

    # What the server says of tests.

    def tell_roots(self) -> None:
        roots = [
            protocol.Root(uri=uri, name=uri, folder=uri, config_file=None, problems=[])
            for uri in self.roots
        ]
        self.known.fold_roots(protocol.RootsParams(roots=roots))

    def tell(
        self,
        root: str,
        files: list[str],
        removed: list[str],
        nodes: list[protocol.FileNodes],
        *,
        reset: bool = False,
        complete: bool = True,
    ) -> None:
        told = [
            protocol.TestFile(
                path=path,
                uri=f"{root}/{path}",
                sort_text="",
                tests=MANY if self.big else len(self.files[root][path]),
                new=False,
                failed=False,
                unfinished=False,
                error=None,
            )
            for path in files
        ]
        self.known.fold_tests(
            protocol.TestsParams(
                root=root,
                state=1,
                reset=reset,
                complete=complete,
                files=told,
                removed=removed,
                folders=[],
                nodes=nodes,
            )
        )

    def ask(self, root: str, node_ids: list[str]) -> None:
        paths = {each.partition("::")[0] for each in node_ids}
        self.asked.setdefault(root, set()).update(paths)
        changes = [change for path in sorted(paths) for change in self.changes(root, path)]
        if changes:
            self.tell(root, [], [], changes)

    def changes(self, root: str, path: str) -> Iterator[protocol.FileNodes]:
        """Yield how the rows of a file that was asked for differ from what was told."""
        if path not in self.asked.get(root, ()) or path not in self.files[root]:
            return
        old, now = self.rows.get((root, path), {}), dict(self.now(root, path))
        self.rows[root, path] = now
        changed = [node for known, node in now.items() if old.get(known) != node]
        removed = [known for known in old if known not in now]
        if changed or removed:
            yield protocol.FileNodes(path=path, nodes=changed, removed=removed)

    def now(self, root: str, path: str) -> Iterator[tuple[str, protocol.Node]]:
        for line, name in enumerate(self.files[root][path]):
            above = name.rpartition("::")[0] or name.partition("[")[0]
            known = f"{path}::{name}"
            yield (
                known,
                protocol.Node(
                    id=known,
                    parent=path if above == name else f"{path}::{above}",
                    index=0,
                    label=name,
                    kind="class" if name == "C" else "parameters" if "[" in name else "function",
                    range=protocol.Range(
                        start=protocol.Position(
                            line=line + len(self.files[root][path]), character=0
                        ),
                        end=protocol.Position(line=line + 1, character=0),
                    ),
                    new=False,
                    failed=False,
                    unfinished=False,
                ),
            )

    # What happens.

    def change_root(self, root: str) -> None:
        """Let a root come or go."""
        if root in self.roots:
            self.roots.remove(root)
            self.files.pop(root)
            self.asked.pop(root, None)
            self.rows = {key: rows for key, rows in self.rows.items() if key[0] != root}
            self.tell_roots()
        else:
            self.roots.append(root)
            self.files[root] = {}
            self.tell_roots()
            self.tell(root, [], [], [], reset=True)

    def change_file(self, root: str, path: str, shape: tuple[str, ...]) -> None:
        """Let a file come, change or (without tests) go."""
        if root not in self.roots:
            return
        if not shape:
            if self.files[root].pop(path, None) is not None:
                self.asked.get(root, set()).discard(path)
                self.rows.pop((root, path), None)
                self.tell(root, [], [path], [])
            return
        self.files[root][path] = shape
        self.tell(root, [path], [], list(self.changes(root, path)))

    def resync(self, root: str) -> None:
        """Tell all of a root anew, in several messages."""
        if root not in self.roots:
            return
        self.asked.pop(root, None)
        self.rows = {key: rows for key, rows in self.rows.items() if key[0] != root}
        paths = list(self.files[root])
        self.tell(root, paths[:1], [], [], reset=True, complete=False)
        self.flush()
        self.tell(root, paths[1:], [], [])

    # What the client does.

    def flush(self) -> None:
        if (news := self.known.news()) is not None:
            assert news.scope is None
            assert news.scope_file
            self.tree.add_group(news)
            self.flat.add_group(news)
        self.answer()

    def answer(self) -> None:
        while self.waiting:
            self.discover(self.waiting.pop(0))

    def discover(self, known: str | None) -> None:
        found = self.known.top() if known is None else self.known.below(known)
        self.take(found, is_top=known is None)

    def take(self, found: DiscoverTestResults, *, is_top: bool) -> None:
        self.flat.add_group(found, is_top=is_top)
        self.tree.add_group(found)
        self.answer()

    def unfold(self, number: int) -> None:
        """Let the client unfold some row that it has."""
        rows = sorted(row.item.id for row in self.tree.rows() if row.item.can_resolve_children)
        if rows:
            self.discover(rows[number % len(rows)])

    def unfold_all(self) -> None:
        done: set[str] = set()
        while (
            wanted := {row.item.id for row in self.tree.rows() if row.item.can_resolve_children}
            - done
        ):
            for known in sorted(wanted):
                self.discover(known)
            self.flush()
            done |= wanted

    def reveal(self, root: str, path: str) -> None:
        """Open a document, and run a test of it."""
        self.known.reveal_document(f"{root}/{path}")
        self.known.reveal_test(f"{root}#{path}::f[1]")

    def all_items(self) -> set[str]:
        found = set(self.roots)
        for root, files in self.files.items():
            for path, shape in files.items():
                parts = path.split("/")
                found.update(f"{root}#{'/'.join(parts[:end])}" for end in range(1, len(parts) + 1))
                found.update(f"{root}#{path}::{name}" for name in shape)
        return found

    def lines(self) -> dict[str, int]:
        """Return on which line each test is."""
        return {
            f"{root}#{known}": node.range.start.line
            for root, files in self.files.items()
            for path in files
            for known, node in self.now(root, path)
            if node.range is not None
        }

    def check(self) -> None:
        assert self.tree.faults == []
        shown = {row.item.id: row.item for row in self.tree.rows()}
        assert shown.keys() <= self.all_items()
        assert self.flat.shown() == shown.keys()
        assert all(map(self.known.knows, shown))
        lines = self.lines()
        for known, item in shown.items():
            assert item.range is None or item.range.start.line == lines[known]


roots, paths, shapes = st.sampled_from(ROOTS), st.sampled_from(PATHS), st.sampled_from(SHAPES)
steps = st.one_of(
    st.tuples(st.just("change_root"), roots),
    st.tuples(st.just("change_file"), roots, paths, shapes),
    st.tuples(st.just("change_file"), roots, paths, shapes),
    st.tuples(st.just("change_file"), roots, paths, shapes),
    st.tuples(st.just("resync"), roots),
    st.tuples(st.just("reveal"), roots, paths),
    st.tuples(st.just("unfold"), st.integers(0, 20)),
    st.tuples(st.just("discover"), st.just(None)),
    st.tuples(st.just("flush")),
)


@settings(max_examples=200, deadline=None)
@given(st.booleans(), st.lists(steps, min_size=10, max_size=25))
def test_both_clients_show_what_there_is_after_any_changes(
    big: bool,
    taken: list[tuple[object, ...]],
) -> None:
    server = Server(big=big)
    for root in ROOTS[:2]:
        server.change_root(root)
        for path in PATHS[1:4]:
            server.change_file(root, path, SHAPES[2])
    server.discover(None)
    server.flush()

    for name, *arguments in taken:
        getattr(server, str(name))(*arguments)
        assert server.tree.faults == []
    server.flush()

    server.check()
    server.unfold_all()
    server.check()
    assert {row.item.id for row in server.tree.rows()} == server.all_items()


def test_a_client_that_forgets_all_has_it_again() -> None:
    server = Server()
    server.change_root(ROOTS[0])
    server.change_file(ROOTS[0], "a/t.py", ("C", "C::f"))
    server.discover(None)
    server.flush()

    server.tree.refresh()
    server.change_file(ROOTS[0], "a/u.py", ("f",))
    server.flush()

    assert server.tree.faults == []
    assert {row.item.id for row in server.tree.rows()} == server.all_items()
