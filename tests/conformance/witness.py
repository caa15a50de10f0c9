"""A pytest plugin that logs, for every configuration, whose cache and stepwise plugins it uses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Append one line to the file that RECALL_WITNESS names."""
    manager = config.pluginmanager
    provider = manager.get_plugin("cacheprovider")
    parts: dict[str, object] = {
        "cacheprovider": provider,
        "stepwise": manager.get_plugin("stepwise"),
    }
    if provider is not None:
        parts["Cache"] = getattr(config, "cache", None)
        parts["lfplugin"] = manager.get_plugin("lfplugin")
        parts["nfplugin"] = manager.get_plugin("nfplugin")
    if getattr(config.option, "stepwise", False) and manager.has_plugin("stepwise"):
        parts["stepwiseplugin"] = manager.get_plugin("stepwiseplugin")
    names = {part: module_of(value) for part, value in parts.items()}
    with Path(os.environ["RECALL_WITNESS"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(names) + "\n")


def module_of(value: object) -> str | None:
    """Return where *value*, a module or an object, comes from."""
    if value is None:
        return None
    return getattr(value, "__name__", None) or type(value).__module__
