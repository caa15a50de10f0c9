"""Do ahead what needs nothing of the project: pytest's configuration, and what failures look up.

pytest begins each run with a configuration object at which it registers its own plugins. That
depends on no file, and on the arguments only as far as they name plugins, so the process that is
to be the next run does it while it waits. No hook of another plugin is called.
"""

from __future__ import annotations

import linecache
from collections.abc import Sequence

import _pytest.config
import pytest


def make_configuration(arguments: Sequence[str]) -> None:
    """Make the configuration for a run with *arguments*, and give it to the next that asks.

    A run whose arguments name other plugins makes its own.
    """
    module = vars(_pytest.config)
    make = module["get_config"]
    # As `launcher.run_pytest` lets pytest call itself.
    named = {"prog": "pytest"} if "_main" in module else {}
    made: pytest.Config = make(list(arguments), **named)

    def give(
        args: list[str], plugins: Sequence[object] | None = None, **more: str | None
    ) -> pytest.Config:
        module["get_config"] = make
        if plugins is not None or more != named or _plugins(args) != _plugins(arguments):
            config: pytest.Config = make(args, plugins, **more)
            return config
        folder = made.invocation_params.dir
        made.invocation_params = pytest.Config.InvocationParams(
            args=args, plugins=plugins, dir=folder
        )
        return made

    module["get_config"] = give


def show_a_failure() -> None:
    """Let pytest show a failure of our own, which nobody sees.

    For the first of each run the standard library looks up the file of every module; it keeps what
    it has found, as it keeps compiled patterns.
    """
    known = set(linecache.cache)
    try:
        _fail()
    except AssertionError:
        pytest.ExceptionInfo.from_current().getrepr()
    for path in set(linecache.cache) - known:
        del linecache.cache[path]


def _fail() -> None:
    raise AssertionError


def _plugins(arguments: Sequence[str]) -> list[str]:
    """Return what names a plugin among *arguments*, as pytest reads them at this point."""
    return [
        argument
        for before, argument in zip(["", *arguments], arguments, strict=False)
        if before == "-p" or argument.startswith("-p")
    ]
