"""`--lf` and `--ff`: what failed, to be run alone or first."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_recall import store
from pytest_recall.cache import cache_of, is_worker, tell
from pytest_recall.census import Census, path_of_id
from pytest_recall.distribution import handed_over, id_of, is_discord
from pytest_recall.hooks import Hooks
from pytest_recall.kept import damage_of, read_failed, read_unfinished
from pytest_recall.nodeids import is_parametrised, is_python_test, path_of
from pytest_recall.settings import Settings

if TYPE_CHECKING:
    # A run without `--lf` and `--ff` needs neither.
    from pytest_recall.lfcollect import LFPluginCollWrapper
    from pytest_recall.selection import Choice


class LFPlugin(Hooks):
    """Select known failures, and note which tests fail and which no longer do."""

    def __init__(self, config: pytest.Config, census: Census, settings: Settings) -> None:
        self.config = config
        self.active: bool = config.option.lf or config.option.failedfirst
        self.delta: dict[str, bool] = {}
        """Ids this run has found out about: true for failed."""
        self.again: set[str] = set()
        """Ids whose call had passed before their tear-down failed."""
        self.skipped: set[str] = set()
        """Ids that were skipped, which with the cure says nothing of a known failure."""
        self.failed_ids: frozenset[str] = frozenset()
        """Ids among those to run that count as failed."""
        self.left: list[str] | None = None
        """Ids of the tests to run, for who comes next, if this plugin has ordered them."""
        self.is_damaged = False
        """Whether what was known could not be read as it is."""
        self.key = settings.key_of(store.LASTFAILED)
        self._census = census
        self._settings = settings
        self._id_of = id_of(config)
        self._known: dict[str, bool] | None = None
        self._unfinished: tuple[str, ...] | None = None
        self._wanted: dict[str, bool] | None = None
        self.failing: set[str] = set()
        """Ids a part of which has failed; no other part makes them pass."""
        self._previously_failed_count: int | None = None
        self._report_status: str | None = None
        self._skipped_files = 0
        self._wrapper: LFPluginCollWrapper | None = None
        if config.option.lf:
            from pytest_recall.lfcollect import LFPluginCollWrapper

            self._last_failed_paths = self.get_last_failed_paths()
            self._wrapper = LFPluginCollWrapper(self)
            config.pluginmanager.register(self._wrapper, "lfplugin-collwrapper")

    @property
    def known(self) -> dict[str, bool]:
        """The failures known when the run began."""
        if self._known is None:
            self._known = self._read_known()
        return self._known

    def _read_known(self) -> dict[str, bool]:
        told = handed_over(self.config)
        if told is not None:
            return dict.fromkeys(told["failed"], True)
        directory = cache_of(self.config).directory
        if self._settings.load:
            key = f"recall/failures/{self._settings.load}"
            reading = store.read_json(store.value_path(directory, key))
            loaded = store.as_lastfailed(reading.value)
            damage = damage_of(reading, "not an object of node ids", usable=loaded is not None)
            if damage:
                tell(self.config, f"recall: {key} cannot be used, nothing is loaded: {damage}")
            return loaded or {}
        kept = read_failed(directory, self._settings.environment)
        self.is_damaged = bool(kept.damage)
        if kept.reading.error:
            cache_of(self.config).note(f"recall: {self.key} cannot be read: {kept.reading.error}")
        elif kept.damage and not is_worker(self.config):
            saved = len(kept.ids) or "none"
            tell(
                self.config,
                f"recall: {self.key} is damaged ({kept.damage}); known failures that could be"
                f" saved from it and from the run journals: {saved}",
            )
        return dict.fromkeys(kept.ids, True)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The tests that no run had finished when this one began, as far as they are asked for."""
        if self._unfinished is None:
            self._unfinished = self.all_unfinished() if self._settings.outstanding else ()
        return self._unfinished

    def all_unfinished(self) -> tuple[str, ...]:
        """Return the tests that no run has finished, whether or not they are asked for."""
        told = handed_over(self.config)
        if told is not None:
            return tuple(told["unfinished"])
        return read_unfinished(cache_of(self.config).directory, self._settings.environment).ids

    @property
    def wanted(self) -> dict[str, bool]:
        """What is to be run again: the known failures, and what is unfinished if asked for."""
        if self._wanted is None:
            self._wanted = self.known | dict.fromkeys(self.unfinished, True)
        return self._wanted

    def has_ended(self, nodeid: str) -> bool:
        """Whether the test *nodeid* has come to an end in this run."""
        return nodeid in self.delta or nodeid in self.skipped

    @property
    def lastfailed(self) -> dict[str, bool]:
        """The failures known now, in the order of failing; a copy."""
        return store.merged_lastfailed(self.known, self.delta, self.again)

    @property
    def gives_up(self) -> bool:
        """Whether nothing is to run when no known failure is found."""
        return bool(self.config.option.last_failed_no_failures == "none")

    def get_last_failed_paths(self) -> set[Path]:
        """Return the files of the known failures and their parents, as far as they exist."""
        paths = {path_of_id(self.config, path) for path in set(map(path_of, self.wanted))}
        return {path for path in paths.union(*(path.parents for path in paths)) if path.exists()}

    def reopened(self, collector: pytest.Collector) -> bool:
        """Whether *collector* failed before and has now been collected."""
        nodeid = collector.nodeid
        return nodeid in self.known and nodeid in self._census.collected

    def pytest_report_collectionfinish(self) -> list[str] | None:
        """Say what was selected, in pytest's words, and with the cure what is gone."""
        if not self.active or self.config.option.verbose < 0:
            return None
        name = "run-outstanding" if self._settings.outstanding else "run-last-failure"
        lines = [f"{name}: {self._report_status}"]
        if "stale" in self._settings.cures:
            from pytest_recall.select import gone_line

            gone = [nodeid for nodeid in self.wanted if self.is_gone(nodeid)]
            what = "outstanding test" if self._settings.outstanding else "known failure"
            lines += [gone_line(gone, what)] if gone else []
        return lines

    def is_gone(self, nodeid: str) -> bool:
        """Tell whether the test or class *nodeid* does not exist any more."""
        path = path_of(nodeid)
        if self._census.whole(path):
            names = ("python_functions", "python_classes")
            patterns = [pattern for name in names for pattern in self.config.getini(name)]
            here = nodeid in self._census.collected or nodeid in self._census.ids_of(path)
            return not here and is_python_test(nodeid, patterns)
        return "stale" in self._settings.cures and not path_of_id(self.config, nodeid).exists()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Select or order *items* after all other filters."""
        if self._wrapper is not None:
            self._wrapper.in_order(items)
        collected = items.copy()
        result = yield
        if self.active:
            self._apply(config, items, collected)
        return result

    def _apply(
        self, config: pytest.Config, items: list[pytest.Item], collected: list[pytest.Item]
    ) -> None:
        from pytest_recall.selection import skipped_files_note

        ids = list(map(self._id_of, items))
        choice = self._choose(ids, collected)
        chosen = [items[index] for index in choice.run]
        deselected = [items[index] for index in choice.deselected]
        if deselected:
            config.hook.pytest_deselected(items=deselected)
        items[:] = chosen
        self.left = [ids[index] for index in choice.run]
        self.failed_ids = choice.failed
        self._previously_failed_count = len(choice.failed)
        remembers = self.lastfailed or self.unfinished
        note = skipped_files_note(self._skipped_files) if remembers else ""
        self._report_status = choice.status + note

    def _choose(self, ids: list[str], collected: list[pytest.Item]) -> Choice:
        from pytest_recall.selection import Modes, choose_failed, remember

        reopened = [nodeid for nodeid in self._census.collected if nodeid in self.known]
        # What could not be collected just now has failed as well.
        failed = self.lastfailed
        known = failed | dict.fromkeys(self.unfinished, True)
        if self._settings.files:
            known = {nodeid: True for nodeid in ids if self.is_beside_failure(nodeid)} or known
        # What is there matters for parameters alone, which may be gone.
        paths = {path_of(nodeid) for nodeid in known if is_parametrised(nodeid)}
        every = set[str]().union(*map(self._census.ids_of, paths))
        remembered = remember(known, every, self._census.whole, reopened)
        unfinished = set(self.unfinished) - failed.keys()
        modes = Modes(
            last_failed=self.config.option.lf,
            failed_first=self.config.option.failedfirst,
            none_if_no_failures=self.gives_up,
            outstanding=self._settings.outstanding,
        )
        # Ids cost time, and are asked for up to the first that counts.
        filtered_out = any(map(remembered.has, map(self._id_of, collected)))
        return choose_failed(
            ids, remembered, modes, unfinished=unfinished, filtered_out=filtered_out
        )

    def is_beside_failure(self, nodeid: str) -> bool:
        """Tell whether whole files are asked for, and *nodeid* lies in one with a failure."""
        return self._settings.files and any(
            path_of(nodeid) == path_of(failure) for failure in self.wanted
        )

    def take(self, report: pytest.TestReport) -> None:
        """Note the outcome; once any part of a test has failed, no other part makes it pass."""
        outcome = report.outcome
        if outcome == "failed":
            self.failing.add(report.nodeid)
            if self.delta.pop(report.nodeid, None) is False:
                self.again.add(report.nodeid)
            self.delta[report.nodeid] = True
        elif report.nodeid in self.failing:
            return
        elif outcome == "passed":
            if report.when == "call":
                self.delta[report.nodeid] = False
        elif report.skipped:
            if self._keeps(report):
                self.skipped.add(report.nodeid)
            else:
                self.delta[report.nodeid] = False

    def _keeps(self, report: pytest.TestReport) -> bool:
        """Whether a skip leaves a known failure as it is, since it tells nothing of it."""
        return "skipped" in self._settings.cures and not hasattr(report, "wasxfail")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a file, folder or class that cannot be collected."""
        if report.failed and not is_discord(report):
            self.delta[report.nodeid] = True
