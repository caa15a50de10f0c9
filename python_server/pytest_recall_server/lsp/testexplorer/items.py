"""The tests of one root as items: what was told of them, and which of them the client is to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pytest_recall_server.lsp import present, protocol
from pytest_recall_server.lsp.testexplorer.messages import ItemKind, TestItem, TextDocument
from pytest_recall_server.lsp.uris import path_of_uri
from pytest_recall_server.model.ids import SEPARATOR, folder_of, folders_of, function_of, path_of

ROOT = ""
"""The node id of the root itself."""
EAGER = 1_000
"""Of what holds so many tests all is told at once."""


def item_id(root: str, node_id: str) -> str:
    """Return the id of an item: node ids of two roots may be equal.

    A URI has no ``#`` of its own.
    """
    return f"{root}#{node_id}" if node_id else root


def split_id(known: str) -> tuple[str, str]:
    """Return the root's URI and the node id that an item's id is made of."""
    root, _, node_id = known.partition("#")
    return root, node_id


def is_at_or_below(node_id: str, above: str) -> bool:
    """Tell whether *node_id* is *above*, or lies in it."""
    if above in {ROOT, node_id}:
        return True
    ends = (SEPARATOR, "[") if SEPARATOR in above else (SEPARATOR, "/")
    return node_id.startswith(tuple(above + end for end in ends))


class RootItems:
    """Folds ``recall/tests`` of one root.

    What the client is to see begins with the root.  What is in a folder, file or function is added
    when that is opened; then all around it is seen as well.
    """

    def __init__(self, root: protocol.Root) -> None:
        self.root = root
        self.is_whole = False
        """All files have been told since the last reset."""
        self._presenter = present.Presenter(path_of_uri(root.uri))
        self._files: dict[str, protocol.TestFile] = {}
        self._folders: Counter[str] = Counter()
        """Folder → number of files below it."""
        self._nodes: dict[str, dict[str, protocol.Node]] = {}
        self._opened: set[str] = set()
        self._whole: set[str] = set()
        """Folders of which all is seen, also what comes later."""
        self._seen: set[str] = set()
        """Paths that are seen whether the folder around them is open or not."""
        self._asked: dict[str, set[str]] = {}
        """Path → what was asked for of that file."""

    # What was told.

    def fold(self, params: protocol.TestsParams) -> set[str]:
        """Take a change; return the paths of the files and folders that it is about."""
        changed: set[str] = set()
        if params.reset:
            changed.update(self._files, self._folders)
            self._files.clear()
            self._folders.clear()
            self._nodes.clear()
            self._asked.clear()
            self.is_whole = False
        for path in params.removed:
            changed.update((path, *self._forget(path)))
        for file in params.files:
            changed.update((file.path, *self._put(file)))
        for change in params.nodes:
            self._take(change)
            changed.add(change.path)
        self.is_whole = self.is_whole or params.complete
        return changed

    def _put(self, file: protocol.TestFile) -> Iterable[str]:
        is_new = file.path not in self._files
        self._files[file.path] = file
        folders = tuple(folders_of(file.path)) if is_new else ()
        self._folders.update(folders)
        if is_new and not self._whole.isdisjoint((ROOT, *folders)):
            self._open_file(file.path)
        return folders

    def _forget(self, path: str) -> Iterable[str]:
        self._nodes.pop(path, None)
        self._asked.pop(path, None)
        if self._files.pop(path, None) is None:
            return ()
        folders = tuple(folders_of(path))
        self._folders.subtract(folders)
        for folder in folders:
            if not self._folders[folder]:
                del self._folders[folder]
        return folders

    def _take(self, change: protocol.FileNodes) -> None:
        nodes = self._nodes.setdefault(change.path, {})
        for node_id in change.removed:
            nodes.pop(node_id, None)
        nodes.update((node.id, node) for node in change.nodes)

    def uri(self, path: str) -> str:
        """Return the URI of a file or folder."""
        if path == ROOT:
            return self.root.uri
        file = self._files.get(path)
        return self._presenter.uri(path) if file is None else file.uri

    def holds(self, node_id: str) -> bool:
        """Tell whether there is such an item, as far as is known: seen or not."""
        path = path_of(node_id)
        if node_id == path:
            return path == ROOT or path in self._files or path in self._folders
        return node_id in self._nodes.get(path, {})

    # What the client is to see.

    def open(self, node_id: str) -> None:
        """Let the client see what is in *node_id*: all of it, where that is not much."""
        self._open(node_id)
        below = [path for path in self._files if is_at_or_below(path, node_id)]
        if sum(self._files[path].tests for path in below) <= EAGER:
            self._whole.add(node_id)
            for path in below:
                self._open_file(path)

    def _open_file(self, path: str) -> None:
        """Let the client see what is in a file, and the folders of which it is to see all."""
        self._opened.add(path)
        for folder in folders_of(path):
            if any(is_at_or_below(folder, whole) for whole in self._whole):
                self._opened.add(folder)

    def reveal(self, node_id: str) -> None:
        """Let the client see a test that it has to hear of."""
        path, function = path_of(node_id), function_of(node_id)
        if path in self._files:
            self._open(path if function == node_id else function)

    def _open(self, node_id: str) -> None:
        path = path_of(node_id)
        self._opened.update((node_id, path))
        self._seen.update((path, *folders_of(path)))

    def unasked(self) -> list[str]:
        """Return the ids of what is open and was not asked for yet; they count as asked now."""
        wanted = []
        for node_id in self._opened:
            if (path := path_of(node_id)) not in self._files:
                continue
            asked = self._asked.setdefault(path, set())
            if node_id not in asked:
                asked.add(node_id)
                wanted.append(node_id)
        return wanted

    def at(self, path: str) -> list[TestItem]:
        """Return the items that the client is to see of a file or folder: parents come first."""
        if path == ROOT:
            return [self._root_item()]
        if path not in self._seen and folder_of(path) not in self._opened:
            return []
        if path in self._folders:
            return [self._container(path, "package")]
        if path not in self._files:
            return []
        return [self._container(path, "module"), *self._in_file(path)]

    def around(self, path: str) -> Iterator[TestItem]:
        """Yield the items of the root and the folders around a file or folder, outermost first."""
        if path != ROOT:
            yield self._root_item()
            for folder in reversed(tuple(folders_of(path))):
                yield from self.at(folder)

    def below(self, node_id: str) -> list[TestItem]:
        """Return all items that the client is to see below *node_id*: parents come first."""
        path = path_of(node_id)
        if node_id != path or path in self._files:
            return [
                item
                for item in self._in_file(path)
                if (own := split_id(item.id)[1]) != node_id and is_at_or_below(own, node_id)
            ]
        items: dict[str, TestItem] = {}
        for file in self._files:
            if is_at_or_below(file, path):
                here = (*reversed(tuple(folders_of(file))), file)
                for each in here:
                    if each != path and is_at_or_below(each, path):
                        items.update((item.id, item) for item in self.at(each))
        return list(items.values())

    def leaves(self) -> Iterator[str]:
        """Yield the node ids of all tests that the client can know."""
        for path in self._opened.intersection(self._nodes):
            nodes = self._nodes[path].values()
            parents = {node.parent for node in nodes}
            for node in nodes:
                if node.kind != "class" and not node.more and node.id not in parents:
                    yield node.id

    # Items.

    def _root_item(self) -> TestItem:
        return TestItem(
            id=self.root.uri,
            label=self.root.name,
            kind="package",
            can_resolve_children=True,
            text_document=TextDocument(uri=self.root.uri),
        )

    def _container(self, path: str, kind: ItemKind) -> TestItem:
        return TestItem(
            id=item_id(self.root.uri, path),
            label=path.rpartition("/")[2],
            kind=kind,
            can_resolve_children=True,
            parent=item_id(self.root.uri, folder_of(path)),
            text_document=TextDocument(uri=self.uri(path)),
        )

    def _in_file(self, path: str) -> Iterator[TestItem]:
        if path not in self._opened:
            return
        nodes = self._nodes.get(path, {})
        with_parameters = {node.parent for node in nodes.values() if node.kind == "parameters"}
        document = TextDocument(uri=self.uri(path))
        for node in nodes.values():
            yield TestItem(
                id=item_id(self.root.uri, node.id),
                label=node.label,
                kind="module" if node.kind == "class" else "test",
                can_resolve_children=node.more or node.id in with_parameters,
                parent=item_id(self.root.uri, node.parent),
                text_document=document,
                range=node.range,
            )
