"""What stands in the place of pytest's `stepwise`: stop at a failure, go on from it next time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_recall.cache import Cache, cache_of, is_worker
from pytest_recall.distribution import handed_over, is_distributed, plain_id
from pytest_recall.hooks import hooks_in
from pytest_recall.options import Option, add_missing
from pytest_recall.settings import Settings
from pytest_recall.store import STEPWISE as STEPWISE_CACHE_DIR

if TYPE_CHECKING:
    # A run without `--sw` needs none of it.
    from pytest_recall.stepread import StepState

__all__ = ["STEPWISE_CACHE_DIR", "StepwisePlugin"]

LEGACY = pytest.version_tuple < (8, 4)
"""Until pytest 8.4 the state was the id alone, and a run without `--sw` reset it."""

STOP = "Test failed, continuing from this test next run."

_OPTIONS: tuple[Option, ...] = (
    (
        ("--sw", "--stepwise"),
        {
            "dest": "stepwise",
            "default": False,
            "help": "Exit on test failure and continue from last failing test next time",
        },
    ),
    (
        ("--sw-skip", "--stepwise-skip"),
        {
            "dest": "stepwise_skip",
            "default": False,
            "help": "Leave the first failure behind and stop at the next."
            " Implicitly enables --stepwise.",
        },
    ),
    (
        # pytest has it since 8.4 only; the editor needs it under every version.
        ("--sw-reset", "--stepwise-reset"),
        {
            "dest": "stepwise_reset",
            "default": False,
            "help": "Start stepwise over. Implicitly enables --stepwise.",
        },
    ),
)


def __dir__() -> list[str]:
    """Return what pytest is to find here."""
    return hooks_in(globals())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add those of the options that pytest has not added already."""
    add_missing(parser, _OPTIONS)


def pytest_configure(config: pytest.Config) -> None:
    """Start stepwise if any of its options is given."""
    option = config.option
    if option.stepwise_skip or getattr(option, "stepwise_reset", False):
        option.stepwise = True
    if option.stepwise:
        config.pluginmanager.register(StepwisePlugin(config), "stepwiseplugin")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where pytest does so, start over when a run is not stepwise."""
    config = session.config
    if not LEGACY or config.option.stepwise or is_worker(config) or not _changes(session):
        return
    from pytest_recall.stepstate import reset_legacy

    reset_legacy(cache_of(config), Settings.of(config))


def _changes(session: pytest.Session) -> bool:
    """Whether the session may change what is remembered: it did more than look."""
    option = session.config.option
    looks = option.collectonly or option.cacheshow or option.recall_readonly
    return not looks and bool(session.testscollected or session.testsfailed)


class StepwisePlugin:
    """Skip what has passed, stop at the first failure, and remember it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.session: pytest.Session | None = None
        self.report_status: list[str] = []
        self.cache: Cache = cache_of(config)
        self.skip: bool = config.option.stepwise_skip
        self.reset: bool = getattr(config.option, "stepwise_reset", False)
        self.skipped: list[str] = []
        """Ids this run did not run because they had passed, or had been left behind."""
        self.order: dict[str, int] = {}
        """Place in the collection of each id, as far as it matters: under xdist."""
        self._settings = Settings.of(config)
        self._plain = plain_id(config)
        self._state = self._read_state()
        self.report_status += self._state.problems
        self._last_failed = self._state.progress.last_failed
        self._count = self._state.progress.count
        self._passed: set[str] = set(self._state.progress.passed or ())
        self._failing: set[str] = set()
        self._left_behind: str | None = None
        self._stopped = False
        self.parallel = is_worker(config) or is_distributed(config)

    def _read_state(self) -> StepState:
        from pytest_recall.stepread import StepState, read_state

        told = handed_over(self.config)
        if told is None:
            directory, environment = self.cache.directory, self._settings.environment
            return read_state(directory, environment, is_legacy=LEGACY)
        from pytest_recall.selection import Progress

        last_failed, count, passed = told["stepwise"]
        known = None if passed is None else frozenset(passed)
        return StepState(Progress(last_failed, count, known))

    @property
    def progress(self) -> tuple[str | None, int | None, list[str] | None]:
        """How far it had come when the run began: failed test, number of tests, passed ones."""
        progress = self._state.progress
        passed = None if progress.passed is None else sorted(progress.passed)
        return progress.last_failed, progress.count, passed

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session, which is to be stopped."""
        self.session = session

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Skip what has passed before the test that failed last."""
        from pytest_recall.selection import Progress, choose_step

        ids = [item.nodeid for item in items]
        progress = self._state.progress
        if not (self.by_id or self.parallel):
            progress = Progress(progress.last_failed, progress.count, None)
        if LEGACY:
            progress = Progress(progress.last_failed, None, progress.passed)
        step = choose_step(ids, progress, reset=self.reset, by_id=self.by_id)
        self.report_status.append(step.status.format(age=self._state.age()))
        self._count = len(items)
        self._last_failed = step.last_failed
        if step.deselected:
            self.skipped = [ids[index] for index in step.deselected]
            self._passed.update(self.skipped)
            config.hook.pytest_deselected(items=[items[index] for index in step.deselected])
        if step.last_failed in ids and not self.reset:
            items[:] = [items[index] for index in step.run]

    @property
    def last_failed(self) -> str | None:
        """The test to go on from."""
        return self._last_failed

    @property
    def by_id(self) -> bool:
        """Whether the failed test is found by its id, however many tests there are.

        With `--lf` the number of tests collected says nothing: it is that of the failures.
        """
        return "stepwise" in self._settings.cures or bool(self.config.option.lf)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Forget what an earlier run of the same test said."""
        self._failing.discard(self._plain(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Stop at a failure; forget the failed test once all of it has passed."""
        nodeid = self._plain(report.nodeid)
        if report.outcome == "failed":
            self._failing.add(nodeid)
            self._passed.discard(nodeid)
            if self.skip or nodeid == self._left_behind:
                self.skip = False
                self._left_behind = nodeid
                if nodeid == self._last_failed:
                    self._last_failed = None
            else:
                self._stop_at(nodeid)
        elif report.when == "call" and nodeid not in self._failing:
            self._passed.add(nodeid)
            if nodeid == self._last_failed:
                self._last_failed = None

    def _stop_at(self, nodeid: str) -> None:
        earlier = self.order.get(nodeid, 0) <= self.order.get(self._last_failed or "", 0)
        if not self._stopped or earlier or self._last_failed is None:
            self._last_failed = nodeid
        self._stopped = True
        if self.session is not None:
            self.session.shouldstop = STOP

    def pytest_report_collectionfinish(self) -> list[str] | None:
        """Say what was skipped, in pytest's words."""
        if self.config.option.verbose >= 0 and self.report_status:
            return [f"stepwise: {line}" for line in self.report_status]
        return None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write how far it has come, unless the run was only to look."""
        if is_worker(self.config) or not _changes(session):
            return
        if self.by_id and not self._stopped and self._last_failed is not None:
            # The failed test was not among those selected: its place is kept.
            self._count = self._state.progress.count
        from pytest_recall.selection import Progress
        from pytest_recall.stepstate import write_state

        keeps_passed = "stepwise" in self._settings.cures or self.parallel
        behind = {self._left_behind} if self._left_behind else set()
        # What was left behind is walked past from now on, as all before the place is by stock.
        passed = frozenset(self._passed | behind | set(self.skipped))
        progress = Progress(self._last_failed, None if self.parallel else self._count, passed)
        write_state(self.cache, self._settings, progress, keeps_passed=keeps_passed)


def stop_file(cache: Cache, run: str) -> Path:
    """Return the file whose presence tells the workers of *run* to stop."""
    return cache.directory / "d" / "recall" / f"stop-{run}"
