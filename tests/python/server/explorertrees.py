"""The trees of two clients that know rust-analyzer's test explorer messages.

``ClientTree`` does what ``editors/code/src/test_explorer.ts`` of rust-analyzer does, with VS Code's
collections of test items; where that would throw, ``faults`` says so.  ``FlatTree`` is a client
that keeps items by their ids and drops them by what a message replaces: the whole top level, what
is below the items of ``scope``, or else what lies in the files of ``scopeFile``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs

from pytest_recall_server.lsp.testexplorer.messages import DiscoverTestResults, TestItem


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


def _drawn(rows: Iterable[Row], depth: int) -> Iterator[str]:
    for row in sorted(rows, key=_place):
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
