"""At the end of a run: merge what it has found out into what is remembered."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from pytest_recall import store
from pytest_recall.cache import cache_of, is_worker
from pytest_recall.census import Census
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.newfirst import NFPlugin
from pytest_recall.nodeids import is_parametrised, is_python_test, path_of, without_parameters
from pytest_recall.settings import Settings

FEW = 50
"""Up to so many files and tests, looking each up is cheaper than reading the whole list."""


class Memory:
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
        return "stale" in self.settings.cures and any(self.forgotten())

    def remember(self) -> None:
        """Merge this run's delta into both keys."""
        self.lastfailed.delta.update(dict.fromkeys(self.forgotten(), False))
        cache = cache_of(self.config)
        # The lock lies in the cache directory; where that cannot be made, writing a key says so.
        with contextlib.suppress(OSError):
            cache.ensure_directory()
        self._remember_nodeids()
        store.update_value(
            cache.directory, self.lastfailed.key, self._changed_lastfailed, cache.set
        )
        if self.settings.save:
            cache.set(f"recall/failures/{self.settings.save}", self.lastfailed.lastfailed)

    def forgotten(self) -> Iterator[str]:
        """Yield the known failures that this run has shown to be none any more.

        These are collectors that could be collected, and tests that are gone. A parameter that is
        gone while its function is still there goes only when the function has run: its values may
        be unstable, and then the function stands for it.
        """
        ran = {without_parameters(nodeid) for nodeid in self.lastfailed.delta}
        for nodeid in self.lastfailed.known:
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

    def _changed_lastfailed(self, reading: store.Reading) -> object:
        stored = store.as_lastfailed(reading.value)
        if self.settings.load:
            stored = self.lastfailed.known
        merged = store.merged_lastfailed(stored or {}, self.lastfailed.delta, self.lastfailed.again)
        if stored == merged == reading.value or (not merged and not reading.exists):
            return store.UNCHANGED
        return merged

    def _remember_nodeids(self) -> None:
        cache = cache_of(self.config)
        if self._nodeids_stand():
            return

        def change(reading: store.Reading) -> object:
            known = store.as_nodeids(reading.value) or []
            merged = store.merged_nodeids(known, set(self.newfirst.seen), self._gone(known))
            return store.UNCHANGED if reading.value == merged else merged

        store.update_value(cache.directory, self.newfirst.key, change, cache.set)

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

    def _gone(self, known: list[str] | set[str]) -> set[str]:
        patterns = self.config.getini("python_functions")
        whole = {
            path: self.census.ids_of(path)
            for path in self.census.files()
            if self.census.whole(path)
        }
        return {
            nodeid
            for nodeid in known
            if (ids := whole.get(path_of(nodeid))) is not None
            and nodeid not in ids
            and is_python_test(nodeid, patterns)
        }

    def _note_emptiness(self) -> None:
        """In a cache that is there, note that no test is known, as pytest does."""
        cache = cache_of(self.config)
        path = store.value_path(cache.directory, self.newfirst.key)
        if cache.directory.is_dir() and not path.exists():
            cache.set(self.newfirst.key, [])

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
        if output is not None and getattr(self.config, "workerinput", {}).get("workerid") == "gw0":
            self.lastfailed.delta.clear()
            stepwise = self.config.pluginmanager.get_plugin("stepwiseplugin")
            skipped = stepwise.skipped if stepwise is not None else []
            output["recall"] = {"forgotten": list(self.forgotten()), "skipped": skipped}
