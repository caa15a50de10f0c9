"""What to run when files were saved: the failed tests, the new ones, those of the changed files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_recall.narrowing import in_both, lies_in
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.ids import folders_of
from pytest_recall_server.model.tree import TestNode


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """What is known of the tests of a root when files were saved."""

    failed: tuple[str, ...]
    """Ids of what failed, in the order of the cache."""
    new: tuple[str, ...]
    """Ids of tests that no run has collected yet."""
    test_files: tuple[str, ...]
    """Those of the changed files that have tests, by their paths."""


def matters(path: str, cache_dir: str | None) -> bool:
    """Tell whether a file may change what tests do, by its path and the cache's below the root.

    What lies in hidden folders is of tools (editors, Git, caches, environments).
    """
    folders = [*folders_of(path)]
    hidden = any(folder.rpartition("/")[2].startswith(".") for folder in folders)
    return not hidden and cache_dir not in folders


def changed_tests(selection: Selection, occasion: Occasion) -> Selection | None:
    """Return what is to be run, failures first, among the ids chosen; None: there is nothing."""
    files = occasion.test_files
    others = (each for each in (*occasion.failed, *occasion.new) if not lies_in(each, files))
    ids = tuple(dict.fromkeys((*others, *files)))
    if selection.ids:
        ids = in_both(ids, selection.ids)
    left = tuple(each for each in ids if not lies_in(each, selection.exclude))
    return Selection(kind="failedFirst", ids=left, exclude=selection.exclude) if left else None


def new_tests(nodes: Iterable[TestNode]) -> Iterator[str]:
    """Yield the ids of the new tests: of a function where all of it is new, else of parameters."""
    for node in nodes:
        if node.new and node.kind != "class":
            yield node.id
        else:
            yield from new_tests(node.children)


def joined(later: Selection, earlier: Selection) -> Selection | None:
    """Return what stands for two waiting runs of changed files; None: they are of other tests."""
    if (later.kind, earlier.kind) != ("changed", "changed"):
        return None
    if (later.ids, later.exclude) != (earlier.ids, earlier.exclude):
        return None
    files: Collection[str] = dict.fromkeys((*earlier.files, *later.files))
    return replace(later, files=tuple(files))
