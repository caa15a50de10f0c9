"""Read TOML."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import cast

from pytest_recall_server.errors import ConfigError


def load_toml(text: str) -> dict[str, object]:
    """Return the tables of *text*; raise ``ConfigError`` where it is no TOML.

    Before Python 3.11 pytest needs the package tomli for this, so that it is there
    wherever pytest is.
    """
    name = "tomllib" if sys.version_info >= (3, 11) else "tomli"
    try:
        loads = cast("Callable[[str], dict[str, object]]", importlib.import_module(name).loads)
    except ModuleNotFoundError as error:
        raise ConfigError(f"the package {name} is needed to read TOML") from error
    try:
        return loads(text)
    except ValueError as error:
        raise ConfigError(str(error)) from error
