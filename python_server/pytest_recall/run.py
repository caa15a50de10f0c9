"""Put the parts of one run together."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_recall import journal, retention
from pytest_recall.cache import cache_of, is_worker
from pytest_recall.census import Census
from pytest_recall.complaint import Complaint
from pytest_recall.distribution import id_of, is_distributed
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.memory import Memory
from pytest_recall.newfirst import NFPlugin
from pytest_recall.recorder import Recorder, start_recorder
from pytest_recall.reports import Reports
from pytest_recall.settings import Settings


def _take_up(cachedir: Path) -> None:
    """Take up what dead runs have left, if there are any."""
    if any(map(retention.dead, journal.directories(cachedir))):
        from pytest_recall.takeup import take_up

        take_up(cachedir)


def start_run(config: pytest.Config) -> None:
    """Register the plugins of a run; the order decides which wrapper acts last."""
    settings = Settings.of(config)
    # These have no session, and so no end.
    only_tells = config.option.help or config.option.markers
    if not (is_worker(config) or settings.readonly or only_tells):
        _take_up(cache_of(config).directory)
    if settings.outstanding:
        config.option.lf = True
    register = config.pluginmanager.register
    census = Census(id_of(config))
    register(census, "recall-census")
    lastfailed = LFPlugin(config, census, settings)
    register(lastfailed, "lfplugin")
    newfirst = NFPlugin(config, lastfailed, settings)
    register(newfirst, "nfplugin")
    register(Memory(config, census, lastfailed, newfirst, settings), "recall-memory")
    if settings.select is not None:
        from pytest_recall.select import Select

        register(Select.of(config, settings.select, census), "recall-select")
    if is_worker(config):
        from pytest_recall.reasons import WorkerReasons

        register(WorkerReasons(config), "recall-reasons")
        workerinput: dict[str, str] = getattr(config, "workerinput", None) or {}
        if config.option.stepwise and isinstance(workerinput, dict):
            from pytest_recall.workers import Worker

            register(Worker(config, workerinput["testrunuid"]), "recall-worker")
        return
    if is_distributed(config):
        from pytest_recall.workers import Controller

        register(Controller(config, lastfailed, newfirst), "recall-controller")
    writes = settings.journal and not config.option.cacheshow and not only_tells
    recorder = start_recorder(config, census, settings) if writes else None
    register(_reports(config, lastfailed, recorder), "recall-reports")
    if recorder is not None and config.option.recall_workers:
        from pytest_recall.workersetting import NOTICE

        if notice := config.stash.get(NOTICE, ""):
            recorder.write_notice(notice)
    register(Complaint(config), "recall-complaint")


def _reports(config: pytest.Config, lastfailed: LFPlugin, recorder: Recorder | None) -> Reports:
    if not is_distributed(config):
        return Reports(config, lastfailed, recorder)
    from pytest_recall.workerreports import reports_of_workers

    return reports_of_workers(config, lastfailed, recorder)
