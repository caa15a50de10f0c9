"""At the end of a run: merge what it has found out into what is remembered."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from pytest_recall import store
from pytest_recall.cache import cache_of, is_worker
from pytest_recall.census import Census
from pytest_recall.hooks import Hooks
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.newfirst import NFPlugin
from pytest_recall.nodeids import is_parametrised, is_python_test, path_of, without_parameters
from pytest_recall.pinned import Pinned
from pytest_recall.recorder import Recorder
from pytest_recall.reports import Reports
from pytest_recall.settings import Settings

if TYPE_CHECKING:
    # A run after which nothing changes needs none of these.
    from pytest_recall.merging import Delta
    from pytest_recall.outstanding import Happening

FEW = 50
"""Up to so many files and tests, looking each up is cheaper than reading the whole list."""


class Memory(Hooks):
    """Writes `cache/lastfailed` and `cache/nodeids` when a session that ran tests ends."""

    def __init__(
        self,
        config: pytest.Config,
        census: Census,
        lastfailed: LFPlugin,
        newfirst: NFPlugin,
        settings: Settings,
    ) -> None:
        self.config = config
        self.census = census
        self.lastfailed = lastfailed
        self.newfirst = newfirst
        self.settings = settings

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Merge, unless nothing was collected or the run was only to look."""
        config = self.config
        if config.option.cacheshow:
            return
        if is_worker(config):
            self._report_to_controller()
            return
        if not config.option.collectonly and not self.settings.readonly:
            if self.newfirst.seen or self.lastfailed.delta or self._shows_that_tests_are_gone():
                self.remember()
            elif session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
                self._note_emptiness()
        self._cure_exit_status(session)

    def _shows_that_tests_are_gone(self) -> bool:
        """Tell whether a run with nothing left to run is to forget what it looked for in vain."""
        return "stale" in self.settings.cures and any(self.forgotten(self.lastfailed.wanted))

    def remember(self) -> None:
        """Merge this run's delta into the keys."""
        cache = cache_of(self.config)
        cache.prepare()
        # A damaged value is spoken of when it is read, and mended when it is written.
        known = self.lastfailed.known
        stand = self._nodeids_stand()
        if stand and self._changes_nothing():
            return
        from pytest_recall.merging import merge_known, merge_outstanding

        delta = self._delta()
        environment = self.settings.environment
        delta.loaded = known if self.settings.load else None
        with cache.noting():
            failed = merge_outstanding(
                cache.directory,
                delta,
                cache.keep,
                environment,
                before=lambda: self._yield_to_others(delta),
            )
            if self.settings.save:
                cache.keep(f"recall/failures/{self.settings.save}", dict.fromkeys(failed, True))
        if not stand:
            with cache.noting():
                merge_known(cache.directory, delta, cache.keep, environment)

    def _changes_nothing(self) -> bool:
        """Tell whether nothing was outstanding and nothing is, as after most runs."""
        lastfailed, settings = self.lastfailed, self.settings
        if lastfailed.active or lastfailed.known or lastfailed.is_damaged or settings.save:
            return False
        unfinished = settings.key_of(store.UNFINISHED)
        if os.path.lexists(store.value_path(cache_of(self.config).directory, unfinished)):
            return False
        return not (any(lastfailed.delta.values()) or lastfailed.skipped or self._left_undone())

    def _delta(self) -> Delta:
        from pytest_recall.merging import Delta

        left = self._left_undone()
        delta = Delta(dict(self.lastfailed.delta), self._undone(left))
        delta.begun = self._begun(left)
        delta.skipped = self.lastfailed.skipped
        delta.again = self.lastfailed.again
        delta.seen = self.newfirst.seen
        delta.forgets = lambda ids: set(self.forgotten(ids))
        delta.gone = self._gone
        delta.cures = self.settings.cures
        return delta

    def _undone(self, left: Mapping[str, bool]) -> dict[str, Happening]:
        """Return what became of the tests that were *left*."""
        from pytest_recall.outstanding import Happening

        return {
            nodeid: Happening.STARTED_ONLY if has_begun else Happening.NOT_REACHED
            for nodeid, has_begun in left.items()
        }

    def _left_undone(self) -> dict[str, bool]:
        """Return the tests that were to run and did not end: id → whether it had begun."""
        option = self.config.option
        if getattr(option, "setuponly", False) or getattr(option, "setupplan", False):
            return {}
        reports: Reports | None = self.config.pluginmanager.get_plugin("recall-reports")
        # A run that ends before its first test, as by an error in collection, leaves none behind.
        if reports is None or not reports.began:
            return {}
        running, quiet = reports.running, reports.ended_quietly
        has_ended = self.lastfailed.has_ended
        return {
            nodeid: nodeid in running
            for nodeid in self.newfirst.seen
            if nodeid in running or not (has_ended(nodeid) or nodeid in quiet)
        }

    def _begun(self, left: Mapping[str, bool]) -> dict[str, float]:
        reports: Reports | None = self.config.pluginmanager.get_plugin("recall-reports")
        # A test that had begun when the run ended did so after the last one was over.
        last = reports.last if reports is not None else 0.0
        begun = [nodeid for nodeid, has_begun in left.items() if has_begun]
        return dict.fromkeys(begun, last) if last else {}

    @property
    def recorder(self) -> Recorder | None:
        """The plugin that writes the run journal, if there is one."""
        plugin: Recorder | None = self.config.pluginmanager.get_plugin("recall-recorder")
        return plugin

    def _yield_to_others(self, delta: Delta) -> None:
        """Take back what runs that went on beside this one have known better since."""
        recorder = self.recorder
        if recorder is None or recorder.path is None:
            return
        from pytest_recall.words import words_of, words_of_others

        directory, begin = cache_of(self.config).directory, recorder.begin
        others = words_of_others(directory, recorder.path, begin, self.settings.environment)
        if others.outcomes or others.collected:
            own = words_of(recorder.path)
            # What a journal that ended early does not tell was said just now.
            said = Pinned.now() if recorder.problem() else begin
            delta.yield_to(others, own, selected=recorder.selected or begin, begin=said)

    def forgotten(self, ids: Iterable[str]) -> Iterator[str]:
        """Yield those of the remembered *ids* that this run has shown to be outstanding no more.

        These are collectors that could be collected, and tests that are gone. A parameter that is
        gone while its function is still there goes only when the function has run: its values may
        be unstable, and then the function stands for it.
        """
        ran = {without_parameters(nodeid) for nodeid in self.lastfailed.delta}
        for nodeid in ids:
            if nodeid in self.lastfailed.delta:
                continue
            if nodeid in self.census.collected:
                yield nodeid
            elif self.lastfailed.is_gone(nodeid):
                function = without_parameters(nodeid)
                kept = is_parametrised(nodeid) and self._has_function(nodeid, function)
                if not kept or function in ran:
                    yield nodeid

    def _has_function(self, nodeid: str, function: str) -> bool:
        ids = self.census.ids_of(path_of(nodeid))
        return any(without_parameters(each) == function for each in ids)

    def _nodeids_stand(self) -> bool:
        """Tell whether a few looks into `cache/nodeids` show that it needs no change."""
        cache = cache_of(self.config)
        files = list(self.census.files())
        if max(len(files), len(self.newfirst.seen)) > FEW or self.newfirst.key != store.NODEIDS:
            return False
        from pytest_recall.known import open_known

        known = open_known(store.value_path(cache.directory, store.NODEIDS))
        if known is None:
            return False
        try:
            listed = {nodeid for path in files for nodeid in known.of_file(path)}
            is_known = all(nodeid in listed or known.known(nodeid) for nodeid in self.newfirst.seen)
        finally:
            known.close()
        return is_known and not self._gone(listed)

    def _gone(self, known: Collection[str]) -> set[str]:
        patterns = self.config.getini("python_functions")
        census = self.census
        seen = set[str]().union(*map(census.ids_of, census.files()))
        return {
            nodeid
            for nodeid in set(known) - seen
            if census.whole(path_of(nodeid)) and is_python_test(nodeid, patterns)
        }

    def _note_emptiness(self) -> None:
        """In a cache that is there, note that no test is known, as pytest does."""
        cache = cache_of(self.config)
        path = store.value_path(cache.directory, self.newfirst.key)
        if cache.exists and not os.path.lexists(path):
            cache.keep(self.newfirst.key, [])

    def _cure_exit_status(self, session: pytest.Session) -> None:
        nothing_failed = self.lastfailed.active and self.lastfailed.gives_up
        if (
            "exit" in self.settings.cures
            and nothing_failed
            and self.config.option.lf
            and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
        ):
            session.exitstatus = pytest.ExitCode.OK

    def _report_to_controller(self) -> None:
        """As a worker, tell the controller what only those who collect can know."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            self.lastfailed.delta.clear()
            stepwise = self.config.pluginmanager.get_plugin("stepwiseplugin")
            select = self.config.pluginmanager.get_plugin("recall-select")
            wanted = {
                **self.lastfailed.known,
                **dict.fromkeys(self.lastfailed.all_unfinished()),
            }
            output["recall"] = {
                "forgotten": list(self.forgotten(wanted)),
                "skipped": stepwise.skipped if stepwise is not None else [],
                "gone": select.gone if select is not None else [],
            }
