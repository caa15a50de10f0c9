"""Merge what one run found out into what is remembered, under the cache directory's lock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from pytest_recall import store
from pytest_recall.kept import Kept, read_failed, read_known, read_unfinished
from pytest_recall.outstanding import Happening, Outstanding, after_run
from pytest_recall.words import Words

Write = Callable[[str, object], None]
"""Writes the value of a key; `store.write_value` where no warning is to be given."""


def nothing(ids: Iterable[str]) -> Collection[str]:
    """Return none of *ids*."""
    del ids
    return ()


class Delta:
    """What one run found out."""

    skipped: Collection[str] = frozenset()
    """Tests whose skip is not in `failed`, as the cure named so may keep their failures."""
    again: Collection[str] = frozenset()
    """Ids that had passed before they failed, and so have failed last."""
    seen: Collection[str] = ()
    """Ids of the tests that were selected."""
    cures: Collection[str] = frozenset()
    loaded: Collection[str] | None = None
    """Ids that stand for the stored failures, None for those themselves."""

    def __init__(self, failed: dict[str, bool], undone: dict[str, Happening]) -> None:
        self.failed = failed
        """Id of a test or collector → whether it failed, in the order of being known."""
        self.undone = undone
        """Tests that were to run and did not end: started only, or not reached."""
        self.begun: dict[str, float] = {}
        """When a test of `undone` began at the earliest, in seconds since the epoch."""
        self.forgets: Callable[[Iterable[str]], Collection[str]] = nothing
        """Which of some remembered ids the run has shown to be failures no more: they are gone."""
        self.gone: Callable[[Collection[str]], Collection[str]] = nothing
        """Which of some known ids the run has shown to be tests no more."""

    def happened(self, nodeid: str) -> Happening:
        """Return what the run did with a test, as far as it matters for what is remembered."""
        failed = self.failed.get(nodeid)
        if failed:
            return Happening.FAILED
        undone = self.undone.get(nodeid)
        if undone is not None:
            return undone
        if nodeid in self.skipped:
            return Happening.SKIPPED
        return Happening.NOT_COLLECTED if failed is None else Happening.PASSED

    def fresh(self) -> Iterator[str]:
        """Yield what may be outstanding now, in the order of failing and of scheduling."""
        yield from (nodeid for nodeid, failed in self.failed.items() if failed)
        yield from self.undone

    def yield_to(self, others: Words, own: Words, *, selected: float, begin: float) -> None:
        """Take back what *others* have known better since this run has said it.

        *own* is when this run said what; *selected* when it chose its tests, and *begin* when it
        began (seconds since the epoch).
        """
        for nodeid in others.outcomes:
            if nodeid in self.failed and others.later(nodeid, own.outcomes.get(nodeid, begin)):
                del self.failed[nodeid]
            begun = self.begun.get(nodeid, selected)
            if nodeid in self.undone and others.later(nodeid, begun):
                del self.undone[nodeid]
        forgets, gone = self.forgets, self.gone
        self.forgets = lambda ids: {
            nodeid for nodeid in forgets(ids) if not others.later(nodeid, selected)
        }
        self.gone = lambda ids: {
            nodeid for nodeid in gone(ids) if others.collected.get(nodeid, 0.0) <= selected
        }


def merge_outstanding(
    cachedir: Path,
    delta: Delta,
    write: Write,
    environment: str = "",
    before: Callable[[], None] = lambda: None,
) -> tuple[str, ...]:
    """Merge *delta* into `cache/lastfailed` and `recall/unfinished`; return what is failed now.

    *before* is called once nobody else can merge, so that *delta* can yield to others. Raises
    OSError for a damaged value that cannot be set aside.
    """
    with store.locked(cachedir):
        before()
        failed = read_failed(cachedir, environment)
        unfinished = read_unfinished(cachedir, environment)
        known = failed.ids if delta.loaded is None else tuple(delta.loaded)
        stored = Outstanding(known, unfinished.ids)
        gone = set(delta.forgets([*stored.failed, *stored.unfinished]))

        def happened(nodeid: str) -> Happening:
            what = delta.happened(nodeid)
            return Happening.TEST_GONE if nodeid in gone and nodeid not in delta.failed else what

        after = after_run(stored, happened, delta.fresh(), again=delta.again, cures=delta.cures)
        merged = dict.fromkeys(after.failed, True)
        if merged != failed.reading.value and (merged or failed.reading.exists):
            _write(cachedir, failed, store.key_in(environment, store.LASTFAILED), merged, write)
        if after.unfinished != unfinished.ids or unfinished.damage:
            value = {"version": 1, "ids": list(after.unfinished)}
            _write(cachedir, unfinished, store.key_in(environment, store.UNFINISHED), value, write)
    return after.failed


def forget(cachedir: Path, nodeids: Iterable[str]) -> None:
    """Take tests out of the failures and the unfinished ones; raises OSError as above."""
    delta = Delta(dict.fromkeys(nodeids, False), {})
    merge_outstanding(cachedir, delta, partial(store.write_value, cachedir))


def merge_known(cachedir: Path, delta: Delta, write: Write, environment: str = "") -> None:
    """Merge the ids that *delta* has seen into `cache/nodeids`; raises OSError as above."""
    with store.locked(cachedir):
        known = read_known(cachedir, environment)
        gone = set(delta.gone(known.ids))
        merged = store.merged_nodeids(list(known.ids), set(delta.seen), gone)
        if merged != known.reading.value:
            _write(cachedir, known, store.key_in(environment, store.NODEIDS), merged, write)


def _write(cachedir: Path, kept: Kept, key: str, value: object, write: Write) -> None:
    if kept.make_way(cachedir):
        write(key, value)
