"""Decide which tests a run takes and in which order: pure functions over node ids.

The plugin orders a run with them and the server shows with them what would run, so that the two
cannot disagree. Nothing here reads a file; times of files are asked for by a function.

What `--lf` and `--recall-outstanding` choose from is remembered from run to run by this table. A
test is *failed* (it stands in `cache/lastfailed`), *unfinished* (in `recall/unfinished`: selected
by a run that did not finish it), or *clear*. `outstanding.next_state` is the table as code.

| what a run did with the test | from clear | from failed | from unfinished |
|---|---|---|---|
| not collected | clear | failed | unfinished |
| deselected | clear | failed | unfinished |
| not reached | unfinished | failed | unfinished |
| started only | unfinished | failed | unfinished |
| passed | clear | clear | clear |
| failed | failed | failed | failed |
| error in set-up or tear-down | failed | failed | failed |
| skipped | clear | clear (`skipped`: failed) | clear |
| xfailed | clear | clear | clear |
| xpassed | clear | clear | clear |
| file failed to collect | clear | failed | unfinished |
| file gone | clear | failed (`stale`: clear) | unfinished (`stale`: clear) |
| test gone | clear | clear | clear |
| parameter gone | clear | failed | unfinished |
| parameter replaced | clear | clear | clear |

In parentheses stands what a cure (docs/plugin.md) makes of it. A strict xpass is reported as
failed. *Test gone*: its file was collected whole without it. *Parameter gone*: so was the
parameter's, but its function is still there and has not run; for `--lf` the function stands for
the parameter until it has, which is *parameter replaced*. A file that failed to be collected is
itself failed until it can be collected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import not_

from pytest_recall.nodeids import ancestors, is_parametrised, path_of, without_parameters

NO_FAILURES = "no previously failed tests, "


@dataclass(frozen=True)
class Remembered:
    """Which tests count as failed: by id, by function, or by what they lie in."""

    ids: Collection[str]
    """Ids of tests (and of files and classes that could not be collected)."""
    functions: frozenset[str] = frozenset()
    """Functions, without parameters, one of whose remembered parameters is gone."""
    collectors: frozenset[str] = frozenset()
    """Files, folders and classes which failed to be collected before and now are."""

    def has(self, nodeid: str) -> bool:
        """Tell whether the test *nodeid* counts as failed."""
        return (
            nodeid in self.ids
            or (bool(self.functions) and without_parameters(nodeid) in self.functions)
            or (bool(self.collectors) and not self.collectors.isdisjoint(ancestors(nodeid)))
        )

    @property
    def test(self) -> Callable[[str], bool]:
        """What tells it of very many tests in the shortest time."""
        is_plain = not self.functions and not self.collectors
        return self.ids.__contains__ if is_plain else self.has


def remember(
    failed: Collection[str],
    collected: Collection[str] = (),
    whole: Callable[[str], bool] = lambda _path: False,
    collectors: Collection[str] = (),
) -> Remembered:
    """Say what counts as failed, given the ids *collected* and which files are so *whole*.

    A remembered parameter that its whole file no longer gives stands for its function: parameters
    made from random or unstable values would otherwise never be rerun.
    """
    functions = frozenset(
        without_parameters(nodeid)
        for nodeid in failed
        if is_parametrised(nodeid) and nodeid not in collected and whole(path_of(nodeid))
    )
    return Remembered(failed, functions, frozenset(collectors))


@dataclass(frozen=True)
class Split:
    """Positions in a sequence of ids, parted; each part keeps the order."""

    chosen: tuple[int, ...]
    others: tuple[int, ...]


def split(ids: Sequence[str], is_chosen: Callable[[str], bool]) -> Split:
    """Part *ids* into those for which *is_chosen* holds, and the others."""
    are_chosen, everything = list(map(is_chosen, ids)), range(len(ids))
    others = compress(everything, map(not_, are_chosen))
    return Split(tuple(compress(everything, are_chosen)), tuple(others))


def new_first(
    ids: Sequence[str],
    is_known: Callable[[str], bool],
    changed: Callable[[int], float],
    is_failed: Callable[[str], bool] | None = None,
) -> tuple[int, ...]:
    """Return positions: failed tests if *is_failed* is given, then new ones, newest file first.

    *changed* gives the time of the file of the test at a position. Equals keep their order.
    """

    def rank(index: int) -> tuple[bool, bool, float]:
        nodeid = ids[index]
        waits = is_failed is not None and not is_failed(nodeid)
        return waits, is_known(nodeid), -changed(index)

    return tuple(sorted(range(len(ids)), key=rank))


@dataclass(frozen=True)
class Modes:
    """The selections asked for, as on pytest's command line."""

    last_failed: bool = False
    failed_first: bool = False
    new_first: bool = False
    none_if_no_failures: bool = False
    """`--lfnf none`."""
    outstanding: bool = False
    """`--recall-outstanding`: what is unfinished counts like what has failed."""


@dataclass(frozen=True)
class Choice:
    """What last-failed and failed-first make of a collection."""

    run: tuple[int, ...]
    """Positions of the tests to run, in order."""
    deselected: tuple[int, ...]
    status: str
    """pytest's words for it, to follow `run-last-failure: `."""
    failed: frozenset[str] = field(default=frozenset())
    """The ids among those to run that count as failed."""


def choose_failed(
    ids: Sequence[str],
    remembered: Remembered,
    modes: Modes,
    *,
    unfinished: Collection[str] = (),
    filtered_out: bool = False,
) -> Choice:
    """Apply `--lf` or `--ff` to *ids*, the tests that other filters have left.

    *unfinished* are those that count as failed without having failed. *filtered_out* says that
    failed tests were collected, but that other filters (`-k`, `-m`) have taken all of them away;
    `--lf` then runs nothing, since what both ask for is nothing.
    """
    everything = tuple(range(len(ids)))
    if not remembered.ids:
        none = "no outstanding tests, " if modes.outstanding else NO_FAILURES
        if modes.none_if_no_failures and modes.last_failed:
            return Choice((), everything, none + "deselecting all items.")
        return Choice(everything, (), none + "not deselecting items.")
    parts = split(ids, remembered.test)
    if not parts.chosen:
        known = "outstanding tests" if modes.outstanding else "known failures"
        status = f"{len(remembered.ids)} {known} not in selected tests"
        if modes.last_failed and ids and (modes.none_if_no_failures or filtered_out):
            return Choice((), everything, status + ", deselecting all items.")
        return Choice(everything, (), status)
    failed = frozenset(ids[index] for index in parts.chosen)
    status = _rerun(len(parts.chosen), len(failed.intersection(unfinished)), modes)
    if modes.last_failed:
        return Choice(parts.chosen, parts.others, status, failed)
    return Choice(parts.chosen + parts.others, (), status, failed)


def _rerun(count: int, unfinished: int, modes: Modes) -> str:
    """Return pytest's words for a rerun of *count* tests, *unfinished* of which have not failed."""
    first = " first" if modes.failed_first else ""
    failures = f"previous {_counted(count - unfinished, 'failure')}"
    undone = _counted(unfinished, "unfinished test")
    if not unfinished:
        return f"rerun {failures}{first}"
    return (
        f"rerun {failures} and {undone}{first}" if count > unfinished else f"rerun {undone}{first}"
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def skipped_files_note(count: int) -> str:
    """Return what follows the status when *count* files were not collected."""
    if count <= 0:
        return ""
    return f" (skipped {_counted(count, 'file')})"


@dataclass(frozen=True)
class Progress:
    """How far stepwise has come."""

    last_failed: str | None = None
    """The test to go on from."""
    count: int | None = None
    """How many tests there were when it failed, None if that is not known."""
    passed: frozenset[str] | None = None
    """The tests passed on the way, or left behind; None if they are all before `last_failed`."""


@dataclass(frozen=True)
class Step:
    """What stepwise makes of a collection."""

    deselected: tuple[int, ...]
    run: tuple[int, ...]
    status: str
    """pytest's words for it, with `{age}` where the age of the state belongs."""
    last_failed: str | None
    """The test to remember as failed, as long as the run says nothing new."""


def choose_step(
    ids: Sequence[str], progress: Progress, *, reset: bool = False, by_id: bool = False
) -> Step:
    """Skip what has passed before the test that failed last; *by_id* allows for other counts."""
    everything = tuple(range(len(ids)))
    last_failed = progress.last_failed
    if reset:
        return Step((), everything, "resetting state, not skipping.", None)
    if not last_failed:
        return Step((), everything, "no previously failed tests, not skipping.", last_failed)
    if not by_id and progress.count not in {None, len(ids)}:
        counts = f"now {len(ids)} tests, previously {progress.count}"
        return Step((), everything, f"test count changed, not skipping ({counts}).", None)
    if last_failed not in ids:
        status = "previously failed test not found, not skipping."
        return Step((), everything, status, last_failed)
    before = range(list(ids).index(last_failed))
    passed = progress.passed
    deselected = [index for index in before if passed is None or ids[index] in passed]
    skipped = set(deselected)
    run = tuple(index for index in everything if index not in skipped)
    status = f"skipping {len(deselected)} already passed items{{age}}."
    return Step(tuple(deselected), run, status, last_failed)
