"""Loaded before our plugin where it is needed: by the launcher, whose caller follows the run.

An `addopts` with `-p no:cacheprovider` would leave that caller without any result.
"""

from __future__ import annotations

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let our plugin take the places even of plugins that are switched off.

    Only of those that `addopts` and PYTEST_ADDOPTS switch off, which pytest reads first.
    """
    for name in ("cacheprovider", "stepwise"):
        if pluginmanager.is_blocked(name):
            # What `-p NAME` does; its `unblock` is younger than the oldest pluggy that we meet.
            del pluginmanager._name2plugin[name]  # noqa: SLF001
