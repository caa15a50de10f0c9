"""A plugin of the runs under test: note outside the cache what a run has told.

Every line is one `write` to a file opened O_APPEND, made after the terminal and the cache plugins
have had their turn, so that what stands in it is what a person has seen. `CHAOS_WORDS` names the
file.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence

import pytest


class Oracle:
    """Writes one line for what is selected, begun, failed and over."""

    def __init__(self, path: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.open(path, flags, 0o600)

    def _write(self, word: str, **members: object) -> None:
        line = {"word": word, "run": os.getpid(), "time": time.time(), **members}
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self._write("selected", ids=[item.nodeid for item in session.items])

    @pytest.hookimpl(trylast=True, optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        self._write("selected", ids=list(ids))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write("began", id=nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._write("failed", id=report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._write("over", id=nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._write("ended")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the oracle last of all, so that its `trylast` is after everybody's."""
    path = os.environ.get("CHAOS_WORDS")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Oracle(path), "chaos-oracle")
