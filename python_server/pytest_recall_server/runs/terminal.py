"""The line by which a person runs in a terminal what a run of ours runs."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pytest_recall.narrowing import in_both
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.ids import folder_of, path_of
from pytest_recall_server.runs.command import FLAGS, Runner
from pytest_recall_server.runs.workers import worker_args

MOST = 20
"""So many ids are named; of more, what holds them."""

_SWITCH = re.compile(
    r"-[vqsxlh]|--(lf|ff|nf|sw|last-failed|failed-first|new-first|stepwise(-skip|-reset)?|sw-(skip|reset)"
    r"|exitfirst|verbose|quiet|showlocals|no-showlocals|no-header|no-summary|strict"
    r"|strict-(markers|config)|pdb|trace|cache-clear|collect-only|co|disable-(pytest-)?warnings"
    r"|setup-(show|only|plan)|no-cov|doctest-modules|pyargs|continue-on-collection-errors|runxfail"
    r"|cov-(append|branch|reset)|noconftest|keep-duplicates|full-?trace)"
)
"""An option that takes no value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Where a run takes place."""

    rootdir: str
    """What ids are relative to; absolute."""
    cwd: str
    """Where pytest is invoked; absolute."""
    starts: tuple[str, ...] = ()
    """Paths where pytest has to look if nothing is chosen, since it would look elsewhere itself."""

    def argument(self, node_id: str) -> str:
        """Return how *node_id*, or a path, is named on the command line.  Blocking."""
        path = path_of(node_id)
        # pytest sees its working directory without links, and goes up from there.
        absolute = os.path.normpath(os.path.join(os.path.realpath(self.rootdir), path))
        relative = _from(absolute, os.path.realpath(self.cwd))
        named = f"./{relative}" if relative.startswith("-") else relative
        return named + node_id[len(path) :]


def _from(path: str, folder: str) -> str:
    try:
        return os.path.relpath(path, folder)
    except ValueError:
        # Another drive of Windows.
        return path


def split_paths(args: Sequence[str], cwd: str) -> tuple[list[str], list[str]]:
    """Part what pytest would take for paths, relative to *cwd*, from its options.  Blocking.

    Only pytest knows which options of plugins take a value, so a path after such an option is
    taken for its value.
    """
    options: list[str] = []
    paths: list[str] = []
    for before, one in zip(("", *args), args, strict=False):
        is_path = not one.startswith("-") and not _takes_value(before)
        found = is_path and os.path.exists(os.path.join(cwd, path_of(one)))
        (paths if found else options).append(one)
    return options, paths


def _takes_value(option: str) -> bool:
    if not option.startswith("-") or "=" in option or _SWITCH.fullmatch(option):
        return False
    # `-ra` and `-n4` have theirs, `-xvs` are several without.
    return option.startswith("--") or len(option) == len("-x")


def terminal_line(
    runner: Runner, selection: Selection, remembered: Collection[str], stage: Stage
) -> str:
    """Return a line for a POSIX shell, from whatever folder it is in.  Blocking.

    It needs neither our launcher nor our plugin, but for more than ``MOST`` outstanding tests.
    *remembered* are the outstanding ids.  Of more than ``MOST`` ids the files or folders are named
    that hold them, and more than ``MOST`` exclusions are left out: it then runs more.
    ``--deselect`` also takes out tests whose names begin like the one that it names.
    """
    flags, chosen = _chosen(selection, remembered)
    chosen = few(chosen or stage.starts)
    options, paths = split_paths(runner.args, stage.cwd)
    # Ids narrow a run, paths beside them would widen it.
    theirs = options if chosen else [*options, *paths]
    named = [stage.argument(one) for one in chosen]
    theirs = [*worker_args(runner.workers), *theirs]
    without = _without(selection.exclude, stage)
    words = [*runner.typed, "-m", "pytest", *theirs, *flags, *without, *named]
    return f"cd {shlex.quote(stage.cwd)} && {shlex.join([runner.interpreter or 'python', *words])}"


def _chosen(
    selection: Selection, remembered: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the flags of *selection*, and what is named beside them."""
    ids = () if selection.kind == "all" else selection.ids
    if selection.kind == "outstanding":
        named = in_both(remembered, ids) if ids else tuple(remembered)
        if 0 < len(named) <= MOST:
            # Any pytest can run them, also one that knows nothing of the option.
            return (), named
    return FLAGS.get(selection.kind, ()), ids


def few(ids: Iterable[str]) -> tuple[str, ...]:
    """Return *ids*, or, where they are many, the files or folders that hold all of them."""
    named = tuple(dict.fromkeys(ids))
    if len(named) > MOST:
        named = tuple(dict.fromkeys(map(path_of, named)))
    while len(named) > MOST:
        depth = max(one.count("/") for one in named)
        # A folder takes the place of what is deepest, until there are few.
        named = _outermost(folder_of(one) if one.count("/") == depth else one for one in named)
    return named


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    each = dict.fromkeys(paths)
    return ("",) if "" in each else tuple(path for path in each if not _is_held(path, each))


def _is_held(path: str, others: Collection[str]) -> bool:
    while path := folder_of(path):
        if path in others:
            return True
    return False


def _without(exclude: Sequence[str], stage: Stage) -> list[str]:
    if len(exclude) > MOST:
        return []
    # pytest compares ids, which are relative to the rootdir, and paths, which are not.
    return [
        f"--deselect={one}" if "::" in one else f"--ignore={stage.argument(one)}" for one in exclude
    ]
