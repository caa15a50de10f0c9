"""The model's collection: which files are visited in which order, and which tests they give."""

from __future__ import annotations

from collections.abc import Iterable

from tests.python.plugin.differential.model import (
    Collection,
    Situation,
    folders_of,
    function_of,
    path_of,
)
from tests.python.plugin.differential.suite import File


class EndedError(Exception):
    """The walk has met an error under `-x`."""


class Walk:
    """Collects for one run; *known* is what is remembered as failed, and is kept up to date."""

    def __init__(self, situation: Situation, known: dict[str, bool]) -> None:
        """Look at what exists."""
        self.situation = situation
        self.known = known
        self.start = tuple(known)
        self.done = Collection()
        self.lf = situation.has("--lf")
        self.files = situation.files
        folders = {folder for path in self.files for folder in folders_of(path)}
        of_known = {path_of(nodeid) for nodeid in self.start}
        leading = of_known.union(*(folders_of(path) for path in of_known))
        self.leading = leading & (folders | set(self.files))
        """Files with known failures, and the folders on the way to such files."""
        self.failing = of_known & set(self.files)

    def collect(self) -> Collection:
        """Collect everything that the run needs."""
        try:
            if "::" in self.situation.named:
                self._collect_test(self.situation.named)
            elif self.lf and self.situation.cured("D9") and self.failing:
                self._collect_failing()
            else:
                self._visit_all(self._order())
        except EndedError:
            self.done.ended = True
        return self.done

    def _scope(self) -> list[str]:
        return [self.situation.named] if self.situation.named else sorted(self.files)

    def _order(self) -> list[str]:
        """Return the files in the order of a walk, in each folder those that lead first."""
        return sorted(self._scope(), key=self._place)

    def _place(self, path: str) -> list[tuple[bool, str]]:
        """Return for each step from the root to *path* what decides its place in its folder."""
        steps = [*folders_of(path)[1:], path]
        return [(self.lf and step not in self.leading, step) for step in steps]

    def _visit_all(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._visit(self.files[path])

    def _collect_failing(self) -> None:
        """Visit the files with failures, and the rest only if nothing was found in them."""
        ordered = self._order()
        self._visit_all(path for path in ordered if path in self.failing)
        rest = [path for path in ordered if path not in self.failing]
        if self.done.found or (self.situation.cured("D5") and self.situation.has("--lfnf=none")):
            self.done.skipped = len(rest)
            return
        self._visit_all(sorted(rest, key=self._place_in_rest))
        self.done.items.sort(key=lambda nodeid: ordered.index(path_of(nodeid)))

    def _place_in_rest(self, path: str) -> tuple[int, list[tuple[bool, str]]]:
        """Return what orders the files beside the way: folder by folder, from the root on."""
        on_the_way = [folder for folder in folders_of(path) if folder in self.leading]
        return len(on_the_way), self._place(path)

    def _collect_test(self, nodeid: str) -> None:
        """Follow an argument down to its test; pytest does not report what it passes through."""
        path = path_of(nodeid)
        self.done.visited.append(path)
        self.done.nodes.add(path)
        classes = self.files[path].classes()
        self.done.nodes.update(each for each in classes if nodeid.startswith(f"{each}::"))
        self.done.items.append(nodeid)

    def _visit(self, file: File) -> None:
        done = self.done
        if self.situation.has("-x") and done.errors:
            raise EndedError
        if self.lf and not self.situation.cured("D9") and self._skips(file.path):
            done.visited.append(file.path)
            done.skipped += 1
            return
        if file.broken:
            done.errors.append(file.path)
            self.known[file.path] = True
            return
        done.visited.append(file.path)
        self._take(file)

    def _skips(self, path: str) -> bool:
        return self.done.found and path not in self.leading

    def _take(self, file: File) -> None:
        done = self.done
        children = self._filtered(file.path, self._children(file))
        done.nodes.add(file.path)
        for child in children:
            if child not in file.classes():
                done.items.append(child)
                continue
            inside = [each for each in file.behaviours() if each.startswith(f"{child}::")]
            done.nodes.add(child)
            done.items += inside
            if self.situation.cured("D9"):
                self._note_found(child, inside)
            self._reopen(child, inside)
        self._reopen(file.path, children)

    def _children(self, file: File) -> list[str]:
        classes = file.classes()
        inside = tuple(f"{each}::" for each in classes)
        return [each for each in file.behaviours() if not each.startswith(inside)] + classes

    def _filtered(self, path: str, children: list[str]) -> list[str]:
        """Return those of a file's *children* that `--lf` makes tests of."""
        if not self.lf or path not in self.leading:
            return children
        self._note_found(path, children)
        reopened = self.situation.cured("D7") and path in self.start
        if not self.done.found or reopened or self.situation.named:
            return children
        classes = self.files[path].classes()
        return [child for child in children if self._counts(child, children) or child in classes]

    def _note_found(self, node: str, children: list[str]) -> None:
        reopened = self.situation.cured("D7") and node in self.start
        if self.lf and (reopened or any(self._counts(child, children) for child in children)):
            self.done.found = True

    def _counts(self, child: str, children: list[str]) -> bool:
        """Tell whether *child* failed, or is a function one of whose parameters failed and went."""
        if child in self.known:
            return True
        return self.situation.cured("D14") and any(
            "[" in each and function_of(each) == function_of(child) and each not in children
            for each in self.start
        )

    def _reopen(self, node: str, children: list[str]) -> None:
        """Hand the failure of what had failed to be collected down to what it holds."""
        if node in self.known and not self.situation.cured("D7"):
            del self.known[node]
            self.known.update(dict.fromkeys(children, True))


def is_whole(situation: Situation, done: Collection, path: str) -> bool:
    """Tell whether all tests of the file *path* were seen."""
    file = situation.files.get(path)
    return file is not None and done.nodes.issuperset([path, *file.classes()])
