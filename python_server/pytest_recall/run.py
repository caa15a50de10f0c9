"""Put the parts of one run together."""

from __future__ import annotations

import pytest

from pytest_recall.cache import is_worker
from pytest_recall.census import Census
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.memory import Memory
from pytest_recall.newfirst import NFPlugin
from pytest_recall.reasons import Reasons
from pytest_recall.recorder import start_recorder
from pytest_recall.select import Select
from pytest_recall.settings import Settings
from pytest_recall.workers import Controller, Worker


def start_run(config: pytest.Config) -> None:
    """Register the plugins of a run; the order decides which wrapper acts last."""
    settings = Settings.of(config)
    register = config.pluginmanager.register
    census = Census()
    register(census, "recall-census")
    lastfailed = LFPlugin(config, census, settings)
    register(lastfailed, "lfplugin")
    newfirst = NFPlugin(config, lastfailed, settings)
    register(newfirst, "nfplugin")
    register(Memory(config, census, lastfailed, newfirst, settings), "recall-memory")
    if settings.select is not None:
        register(Select.of(config, settings.select, census), "recall-select")
    register(Reasons(config), "recall-reasons")
    if is_worker(config):
        workerinput: dict[str, str] = getattr(config, "workerinput", None) or {}
        if config.option.stepwise and isinstance(workerinput, dict):
            register(Worker(config, workerinput["testrunuid"]), "recall-worker")
        return
    if config.pluginmanager.has_plugin("xdist"):
        register(Controller(config, lastfailed, newfirst), "recall-controller")
    if settings.journal and not config.option.cacheshow and not config.option.help:
        start_recorder(config, census, settings)
