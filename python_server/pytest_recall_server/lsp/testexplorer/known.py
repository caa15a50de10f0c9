"""What the client knows of the tests of all roots, and what it is to be told next."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.testexplorer.items import ROOT, RootItems, split_id
from pytest_recall_server.lsp.testexplorer.messages import (
    DiscoverTestResults,
    TestItem,
    TextDocument,
)
from pytest_recall_server.model.ids import path_of

Ask = Callable[[str, list[str]], None]
"""Asks a root for what is below files and functions; it is told before this returns."""


class Known:
    """Compares what the client is to see with what it was told, file by file.

    A client removes items by the URI of their file or folder (``scopeFile``), and that may be one
    of several roots: a folder of one is another nested in it, and a failure is remembered where
    it was found.  So all items of a URI are told together, after all items around them, since a
    client puts an item only where it knows its parent.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.roots: dict[str, RootItems] = {}
        """By their URIs."""
        self._places: dict[str, set[tuple[str, str]]] = {}
        """URI → roots and paths in them that it stands for."""
        self._changed: set[str] = set()
        """URIs whose items may be others than the client knows."""
        self._unsure: set[str] = set()
        """URIs of roots that went: some clients drop those that an answer leaves out, some not."""
        self._told: dict[str, dict[str, TestItem]] = {}
        """URI → item's id → what the client knows."""
        self._answered: list[TestItem] = []

    # What changes.

    def fold_roots(self, params: protocol.RootsParams) -> None:
        """Take all roots."""
        old, self.roots = self.roots, {}
        for root in params.roots:
            items = old.pop(root.uri) if root.uri in old else RootItems(root)
            items.root = root
            self.roots[root.uri] = items
            self._note(items, [ROOT])
        for uri, places in self._places.items():
            if any(root in old for root, _ in places):
                self._changed.add(uri)
                self._unsure.add(uri)

    def fold_tests(self, params: protocol.TestsParams) -> None:
        """Take a change of one root's tests."""
        if (items := self.roots.get(params.root)) is not None:
            self._note(items, items.fold(params))

    def _note(self, items: RootItems, paths: Iterable[str]) -> None:
        for path in paths:
            uri = items.uri(path)
            self._places.setdefault(uri, set()).add((items.root.uri, path))
            self._changed.add(uri)

    def reveal_document(self, uri: str) -> None:
        """Let the client see the tests of an open document."""
        for root, path in self._places.get(uri, ()):
            if (items := self.roots.get(root)) is not None:
                items.reveal(path)
                self._note(items, [path])

    def reveal_test(self, known: str) -> None:
        """Let the client see a test, as soon as it is there."""
        root, node_id = split_id(known)
        if (items := self.roots.get(root)) is not None:
            items.reveal(node_id)
            self._note(items, [path_of(node_id)])

    def knows(self, known: str) -> bool:
        """Tell whether the client knows an item."""
        root, node_id = split_id(known)
        items = self.roots.get(root)
        return items is not None and known in self._told.get(items.uri(path_of(node_id)), {})

    # What is told.

    def top(self) -> DiscoverTestResults:
        """Return the answer with the roots."""
        found = [item for items in self.roots.values() for item in items.at(ROOT)]
        return self._answer(DiscoverTestResults(tests=found))

    def below(self, known: str) -> DiscoverTestResults:
        """Return the answer with what is below an item, which is seen from now on.

        Nothing, where there is no such item any more: that it is gone is told as a change.
        """
        root, node_id = split_id(known)
        items = self.roots.get(root)
        if items is None or not items.holds(node_id):
            return DiscoverTestResults(tests=[])
        items.open(node_id)
        self._ask_of(items)
        return self._answer(DiscoverTestResults(tests=items.below(node_id), scope=[known]))

    def _answer(self, results: DiscoverTestResults) -> DiscoverTestResults:
        self._answered += results.tests
        return results

    def news(self) -> DiscoverTestResults | None:
        """Return the change that the client is to be told of now, or None.

        To be called when the answers have been sent: what they say counts as known.
        """
        answered, self._answered = self._answered, []
        for item in answered:
            self._tell(item)
        for items in self.roots.values():
            if items.is_whole:
                self._ask_of(items)
        tests: dict[str, TestItem] = {}
        scope = [uri for uri in sorted(self._changed) if self._is_settled(uri)]
        self._changed.difference_update(scope)
        scope = [uri for uri in scope if self._differs(uri, tests)]
        if not scope:
            return None
        for item in tests.values():
            self._tell(item)
        documents = [TextDocument(uri=uri) for uri in scope]
        return DiscoverTestResults(tests=list(tests.values()), scope_file=documents)

    def _ask_of(self, items: RootItems) -> None:
        if wanted := items.unasked():
            self._ask(items.root.uri, wanted)

    def _is_settled(self, uri: str) -> bool:
        """Tell whether nothing of *uri* is about to be told anew."""
        roots = (self.roots.get(root) for root, _ in self._places.get(uri, ()))
        return all(items is None or items.is_whole for items in roots)

    def _differs(self, uri: str, tests: dict[str, TestItem]) -> bool:
        """Add the items of *uri* to *tests* and return True, if the client knows others."""
        now: dict[str, TestItem] = {}
        around: dict[str, TestItem] = {}
        for root, path in sorted(self._places.get(uri, ())):
            if (items := self.roots.get(root)) is not None and (own := items.at(path)):
                around.update((item.id, item) for item in items.around(path))
                now.update((item.id, item) for item in own)
        if now == self._told.get(uri, {}) and uri not in self._unsure:
            return False
        self._unsure.discard(uri)
        self._told[uri] = {}
        tests.update(around)
        tests.update(now)
        return True

    def _tell(self, item: TestItem) -> None:
        if item.text_document is not None:
            self._told.setdefault(item.text_document.uri, {})[item.id] = item
