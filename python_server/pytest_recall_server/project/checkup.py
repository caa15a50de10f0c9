"""Have a cache examined and repaired by the doctor.  Blocking: called in threads."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_recall import doctor
from pytest_recall_server.errors import HumanError
from pytest_recall_server.index.config import Config


def examine(config: Config) -> doctor.Report:
    """Return how the cache of a root is; a cache that is not there yet is sound.

    Raises ``HumanError`` where it cannot be looked at.
    """
    place = place_of(config)
    if not os.path.lexists(config.cache_dir):
        return doctor.Report(place)
    try:
        return doctor.examine(place.cachedir, place.rootdir, place.functions)
    except doctor.CacheError as error:
        raise HumanError(f"The cache cannot be examined: {error}.") from error


def place_of(config: Config) -> doctor.Place:
    """Return what is examined of a root."""
    cachedir = Path(os.path.realpath(config.cache_dir))
    return doctor.Place(cachedir, Path(config.rootdir), tuple(config.rules.functions))


def repair(config: Config) -> doctor.Report:
    """Repair what can be repaired, and return what was done and how the cache is then.

    Raises ``HumanError`` where it cannot be looked at.
    """
    report = examine(config)
    try:
        return doctor.repair(report) if report.findings else report
    except doctor.CacheError as error:
        raise HumanError(f"The cache cannot be repaired: {error}.") from error
