"""The plugin to load: takes the places of pytest's `cacheprovider` and `stepwise`.

It can be loaded by `-p pytest_recall.plugin`, PYTEST_ADDOPTS, `addopts`, PYTEST_PLUGINS, a
conftest's `pytest_plugins`, or as an installed entry point, whose name must be the module's.
"""

from __future__ import annotations

import warnings
from types import ModuleType

import pytest

from pytest_recall.hooks import hooks_in
from pytest_recall.supported import SUPPORTED, is_supported


def __dir__() -> list[str]:
    """Return what pytest is to find here."""
    return hooks_in(globals())


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Take over; pytest calls this at the moment of our registration, before any configuration."""
    if not is_supported(pytest.version_tuple):
        message = (
            f"pytest-recall needs {SUPPORTED}, and this is {pytest.__version__}:"
            " pytest's own cache and stepwise plugins stay in place"
        )
        warnings.warn(pytest.PytestWarning(message), stacklevel=1)
        return
    from pytest_recall import provider, settings, stepwise

    if pluginmanager.is_blocked("cacheprovider"):
        return
    settings.add_options(parser)
    take_over(pluginmanager, "cacheprovider", provider)
    take_over(pluginmanager, "stepwise", stepwise)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Take back what an editor asks of pytest-xdist, if that is not there: all plugins are, now."""
    if getattr(early_config.known_args_namespace, "recall_workers", None):
        from pytest_recall.workersetting import withdraw_workers

        withdraw_workers(early_config, args)


def take_over(manager: pytest.PytestPluginManager, name: str, ours: ModuleType) -> None:
    """Register *ours* in the place of pytest's plugin *name*, unless that is blocked.

    The options of the one before stay in the parser; its hooks and fixtures go.
    """
    if manager.is_blocked(name):
        return
    before = manager.get_plugin(name)
    if before is ours:
        return
    if before is not None:
        manager.unregister(before, name)
    manager.register(ours, name)
