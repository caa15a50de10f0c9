"""pytest-xdist: whether others run the tests, how many, what they call them and were handed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import pytest

from pytest_recall.cache import is_worker
from pytest_recall.nodeids import without_group

DISCORD = "Different tests were collected between "
"""How the report begins that xdist makes where workers do not agree on what there is to run."""

HANDED_OVER = "recall"
"""The member of xdist's `workerinput`: JSON, since ids may be texts that execnet cannot send."""

_READ = pytest.StashKey[Mapping[str, Any]]()


def is_distributed(config: pytest.Config) -> bool:
    """Tell whether *config* is that of a controller, which lets workers collect and run.

    As xdist itself decides it: `--tx` alone distributes nothing, nor does a run that only collects.
    """
    option = config.option
    asks = getattr(option, "tx", None) and getattr(option, "dist", "no") != "no"
    return bool(asks) and not option.collectonly and not is_worker(config)


def is_everywhere(config: pytest.Config) -> bool:
    """Tell whether each worker runs all tests, so that there are several results for one id."""
    return is_distributed(config) and config.option.dist == "each"


def count_workers(config: pytest.Config) -> int:
    """Return how many workers are to run the tests, 0 where none are."""
    if not is_distributed(config):
        return 0
    return sum(map(_multiplier, config.option.tx))


def _multiplier(spec: str) -> int:
    """Return how often *spec* is to be taken, as in `3*popen`."""
    number, star, _rest = spec.partition("*")
    try:
        return int(number) if star else 1
    except ValueError:
        return 1


def is_grouped(config: pytest.Config) -> bool:
    """Tell whether ids may have `@group` behind them: under `--dist loadgroup`.

    A worker knows it by another name, since nothing is distributed there.
    """
    option = config.option
    return bool(getattr(option, "loadgroup", False)) or getattr(option, "dist", "") == "loadgroup"


def plain_id(config: pytest.Config) -> Callable[[str], str]:
    """Return what makes the id that a test has without xdist of the one that it has in this run."""
    return without_group if is_grouped(config) else str


def id_of(config: pytest.Config) -> Callable[[pytest.Item], str]:
    """Return what gives the id that a test has without xdist."""
    if is_grouped(config):
        return lambda item: without_group(item.nodeid)
    return attrgetter("nodeid")


def is_discord(report: pytest.CollectReport) -> bool:
    """Tell whether *report* is of no file, but of workers that have collected different tests."""
    return report.failed and str(report.longrepr).startswith(DISCORD)


def handed_over(config: pytest.Config) -> Mapping[str, Any] | None:
    """Return what a worker was handed; None in any other process."""
    given = getattr(config, "workerinput", None)
    text = given.get(HANDED_OVER) if isinstance(given, dict) else None
    if text is None:
        return None
    if _READ not in config.stash:
        config.stash[_READ] = json.loads(text)
    return config.stash[_READ]
