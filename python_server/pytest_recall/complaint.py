"""Say at the end of a run, once, what of it could not be kept."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_recall.cache import cache_of, tell
from pytest_recall.hooks import Hooks


class Complaint(Hooks):
    """The one warning of a run: whatever could not be written, one reason is enough."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    # Everything of ours has been written inside of this wrapper, which is registered last, and
    # the terminal prints its summary outside of it.
    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        """Tell what was noted, before the warnings are summed up."""
        result = yield
        recorder = self._config.pluginmanager.get_plugin("recall-recorder")
        told = [cache_of(self._config).problem, "" if recorder is None else recorder.problem()]
        if any(told):
            tell(self._config, "; ".join(filter(None, told)))
        return result
