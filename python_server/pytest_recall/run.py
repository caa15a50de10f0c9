"""Put the parts of one run together."""

from __future__ import annotations

import pytest

from pytest_recall import retention, store
from pytest_recall.cache import cache_of, is_worker
from pytest_recall.census import Census
from pytest_recall.journal import Event, fallback_directory, runs_directory
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.memory import Memory
from pytest_recall.newfirst import NFPlugin
from pytest_recall.recorder import start_recorder
from pytest_recall.settings import Settings
from pytest_recall.store import LASTFAILED, NODEIDS


def start_run(config: pytest.Config) -> None:
    """Register the plugins of a run; the order decides which wrapper acts last."""
    settings = Settings.of(config)
    if not (is_worker(config) or settings.readonly or config.option.help):
        take_up(config)
    register = config.pluginmanager.register
    census = Census()
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
    if getattr(config.option, "tx", None):
        from pytest_recall.workers import Controller

        register(Controller(config, lastfailed, newfirst), "recall-controller")
    if settings.journal and not config.option.cacheshow and not config.option.help:
        start_recorder(config, census, settings)


def take_up(config: pytest.Config) -> None:
    """Remember what runs found out that were killed before they could."""
    cache = cache_of(config)

    def merge(delta: dict[str, bool], events: list[Event]) -> None:
        settings = Settings.of_journal(events[0])
        seen = {str(event["id"]) for event in events if event["event"] == "start" and "id" in event}

        def changed_lastfailed(reading: store.Reading) -> object:
            stored = store.as_lastfailed(reading.value) or {}
            merged = store.merged_lastfailed(stored, delta)
            return store.UNCHANGED if merged == stored else merged

        def changed_nodeids(reading: store.Reading) -> object:
            stored = store.as_nodeids(reading.value) or []
            merged = store.merged_nodeids(stored, seen, set())
            return store.UNCHANGED if merged == stored else merged

        for key, change in ((LASTFAILED, changed_lastfailed), (NODEIDS, changed_nodeids)):
            store.update_value(cache.directory, settings.key_of(key), change, cache.set)

    for directory in (runs_directory(cache.directory), fallback_directory(cache.directory)):
        retention.recover(directory, merge)
