"""The selections of runs as the command line names them, and ids as people type them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_recall_server.cli.root import Root
from pytest_recall_server.errors import HumanError
from pytest_recall_server.index.walk import relative_path
from pytest_recall_server.model.changes import Selection, SelectionKind
from pytest_recall_server.model.ids import path_of, suffix_of
from pytest_recall_server.model.why import Foreseen
from pytest_recall_server.project.sight import scope_of
from pytest_recall_server.runs.command import selected_ids


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A selection and its names."""

    kind: SelectionKind
    flags: tuple[str, ...]
    """As pytest's, the short one first."""
    words: str


SELECTIONS = (
    Named(
        kind="lastFailed",
        flags=("--lf", "--last-failed"),
        words="the tests that failed last, and none if there are none (--lfnf none)",
    ),
    Named(
        kind="outstanding",
        flags=("--outstanding", "--recall-outstanding"),
        words="those and the tests that a run did not finish",
    ),
    Named(
        kind="failedFirst",
        flags=("--ff", "--failed-first"),
        words="all tests, those that failed last first",
    ),
    Named(
        kind="newFirst",
        flags=("--nf", "--new-first"),
        words="all tests, new ones first, then the newest files",
    ),
    Named(
        kind="stepwise",
        flags=("--sw", "--stepwise"),
        words="all tests from the one that stepwise goes on from",
    ),
)


async def foresee(root: Root, selection: Selection) -> Foreseen:
    """Return what a run of *selection* would do, by what the editor asks too.  Blocking."""
    history = root.history
    is_all = selection.kind == "outstanding"
    remembered = history.outstanding() if is_all else history.failed()
    scope = scope_of(root.config)
    selection = scope.narrowed(selection)
    return await root.foresight.foreseen(selection, selected_ids(selection, remembered, scope), ())


def as_spelled_here(ids: Iterable[str], root: Root) -> tuple[str, ...]:
    """Return *ids* as they are spelled here, each once.

    Raise ``HumanError`` for one whose file or folder is not there.
    """
    found = dict.fromkeys(next(spellings(each, root)) for each in ids)
    rootdir = root.config.rootdir
    for each in found:
        if not os.path.lexists(os.path.join(rootdir, path_of(each))):
            raise HumanError(f"there is no file or folder {path_of(each)!r} in {rootdir}")
    return tuple(found)


def spellings(node_id: str, root: Root) -> Iterator[str]:
    """Yield what *node_id* may mean, the likeliest first: pytest takes paths from where it is."""
    path, rest = path_of(node_id), suffix_of(node_id)
    rootdir = root.config.rootdir
    found = []
    for base in (rootdir, os.getcwd()):
        for spelled in dict.fromkeys((path, path.replace("\\", "/"))):
            absolute = os.path.normpath(os.path.join(base, spelled))
            relative = relative_path(rootdir, absolute)
            found.append(("" if relative == "." else relative, os.path.lexists(absolute)))
    # What there is comes first; of what is gone, the id as it was given.
    yield from dict.fromkeys(path + rest for path, exists in found if exists)
    yield node_id
