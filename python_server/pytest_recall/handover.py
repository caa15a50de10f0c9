"""pytest-xdist: what the controller has read from its disk, put together for its workers.

A worker may run on another machine, where there is neither a cache directory nor a selection file;
and all workers have to go by the same, whatever other runs write in the meantime.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_recall.lastfailed import LFPlugin
    from pytest_recall.newfirst import NFPlugin


def hand_over(config: pytest.Config, lastfailed: LFPlugin, newfirst: NFPlugin) -> str:
    """Return what is handed to each worker; `nodeids` only if it is asked for, as it is long."""
    select = config.pluginmanager.get_plugin("recall-select")
    stepwise = config.pluginmanager.get_plugin("stepwiseplugin")
    return json.dumps(
        {
            "failed": list(lastfailed.known),
            "unfinished": lastfailed.all_unfinished(),
            "nodeids": sorted(newfirst.known) if newfirst.active else None,
            "select": ((), ()) if select is None else select.wanted,
            "stepwise": (None, None, None) if stepwise is None else stepwise.progress,
        }
    )
