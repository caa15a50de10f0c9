"""What coverage.py must not see of us, and tests must not see of how coverage is kept apart."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_recall.hooks import hooks_in

if TYPE_CHECKING:
    # To make a protocol takes longer than to load this module, and every run would pay for it.
    from typing import Protocol

    class Coverage(Protocol):
        """What is used of ``coverage.Coverage``."""

        def get_option(self, option_name: str) -> object:
            """Return an option of the configuration."""
            ...

        def set_option(self, option_name: str, value: Sequence[str]) -> None:
            """Change an option of the configuration."""
            ...


DATA_FILE = "COVERAGE_FILE"
"""By this variable alone pytest-cov can be told where its data goes."""


def __dir__() -> list[str]:
    """Return what pytest is to find here."""
    return hooks_in(globals())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> Iterator[None]:
    """Let pytest-cov start, and xdist's workers, which take over the environment."""
    result = yield
    before: str | None = session.config.getoption("recall_coverage_file")
    if before is not None:
        restore(before)
    leave_us_out(session.config)
    return result


def restore(before: str) -> None:
    """Give the variable the value that it has for plain pytest; empty: it is not there."""
    if before:
        os.environ[DATA_FILE] = before
    else:
        os.environ.pop(DATA_FILE, None)


def leave_us_out(config: pytest.Config) -> None:
    """Keep our files out of the reports of pytest-cov, which would count them in its total.

    coverage.py leaves out by itself what is installed, but not what lies elsewhere.
    """
    controller = getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
    if controller is None:
        return
    ours = Path(__file__).resolve().parent
    if config.rootpath.resolve() in ours.parents:
        # It is the project that is tested.
        return
    # Measured by the one, combined and reported by the other.
    for name in ("cov", "combining_cov"):
        coverage: Coverage | None = getattr(controller, name, None)
        if coverage is not None:
            omitted = coverage.get_option("report:omit")
            theirs = omitted if isinstance(omitted, list) else []
            coverage.set_option("report:omit", [*theirs, f"{ours}{os.sep}*"])
