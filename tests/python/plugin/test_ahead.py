"""The configuration that a waiting process makes for the run that it will be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import _pytest.config
import pytest
from tests.python.environment import clean_environment
from tests.python.plugin.support import SOURCES

from pytest_recall import ahead

NAMED = {"prog": "pytest"} if hasattr(_pytest.config, "_main") else {}
COMMON = ["-p", "no:doctest", "-q"]


@pytest.fixture
def made() -> Iterator[list[pytest.Config]]:
    """Note each configuration that pytest's own function makes."""
    module = vars(_pytest.config)
    make = module["get_config"]
    configurations: list[pytest.Config] = []

    def noting(*args: object, **named: object) -> pytest.Config:
        configurations.append(make(*args, **named))
        return configurations[-1]

    module["get_config"] = noting
    yield configurations
    module["get_config"] = make


def test_the_next_run_gets_it_with_its_own_arguments(made: list[pytest.Config]) -> None:
    ahead.make_configuration(COMMON)
    args = [*COMMON, "test_a.py::test_one"]

    config = _pytest.config.get_config(args, **NAMED)

    assert made == [config]
    assert config.invocation_params.args == tuple(args)
    assert not config.pluginmanager.has_plugin("doctest")


def test_only_the_next_run_gets_it(made: list[pytest.Config]) -> None:
    ahead.make_configuration(COMMON)

    first = _pytest.config.get_config(COMMON, **NAMED)
    second = _pytest.config.get_config(COMMON, **NAMED)

    assert first is not second
    assert made == [first, second]


@pytest.mark.parametrize("more", [["-p", "no:pastebin"], ["-pno:pastebin"]])
def test_a_run_that_names_other_plugins_makes_its_own(
    made: list[pytest.Config], more: list[str]
) -> None:
    ahead.make_configuration(COMMON)

    config = _pytest.config.get_config([*COMMON, *more], **NAMED)

    assert len(made) == 2
    assert not config.pluginmanager.has_plugin("pastebin")
    assert made[0].pluginmanager.has_plugin("pastebin")


def test_who_asks_in_another_way_makes_its_own(made: list[pytest.Config]) -> None:
    ahead.make_configuration(COMMON)

    config = _pytest.config.get_config(COMMON, [object()], **NAMED)

    assert made[1:] == [config]


def test_the_first_failure_finds_the_files_of_modules_looked_up() -> None:
    # As in the process that waits: nothing was looked up, and no module is imported for it.
    script = """
import inspect, linecache, sys
import _pytest.config, pytest
from tests.python.environment import clean_environment

from pytest_recall import ahead
before, lines = set(sys.modules), dict(linecache.cache)
assert not inspect.modulesbyfile
ahead.show_a_failure()
assert inspect.modulesbyfile[pytest.__file__] == "pytest"
assert set(sys.modules) == before
assert linecache.cache == lines
"""
    environment = {**clean_environment(), "PYTHONPATH": str(SOURCES)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
