"""Plant faults into a copy of the product: the comparison must find each, and name its kind."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.bench.server.client import SOURCES
from tests.faithful import planted
from tests.faithful.planted import FAULTS

PLANT = """

def pytest_configure(config):
    from pytest_recall import planted
    config.pluginmanager.register(planted.{name}(), "planted")
"""


def copy_with(fault: str, folder: Path) -> Path:
    """Return a copy of the product's code below *folder* with *fault* in its plugin."""
    kind, _ = FAULTS[fault]
    sources = folder / kind.__name__
    shutil.copytree(SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(planted.__file__, sources / "pytest_recall" / "planted.py")
    with (sources / "pytest_recall" / "plugin.py").open("a", encoding="utf-8") as plugin:
        plugin.write(PLANT.format(name=kind.__name__))
    return sources
