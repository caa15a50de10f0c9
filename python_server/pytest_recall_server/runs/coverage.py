"""Runs with coverage: what coverage.py and pytest-cov are told, and the report that they give.

What is measured, and what of it counts, is theirs and the project's configuration's to say.
"""

from __future__ import annotations

import asyncio
import glob
import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from pytest_recall.telling import split
from pytest_recall_server.errors import HumanError
from pytest_recall_server.model.coverage import CoverageMode
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.conditions import Conditions
from pytest_recall_server.runs.endings import last_line
from pytest_recall_server.runs.process import Process, start_process
from pytest_recall_server.tasks import spawn_task

DATA_FILE = "COVERAGE_FILE"
"""By this variable pytest-cov is told where its data goes."""
WHY_COLD = "coverage is measured from the first import on"

# The working directory comes first on the path: a test module may be called coverage.
_PROBE = """
import importlib.util, sys
sys.path.pop(0)
print(*(name for name in ("coverage", "pytest_cov") if importlib.util.find_spec(name)))
"""
_CONFIGURATIONS = {
    ".coveragerc": "",
    ".coveragerc.toml": "",
    "setup.cfg": r"^\[coverage:",
    "tox.ini": r"^\[coverage:",
    "pyproject.toml": r"^\[tool\.coverage\b",
}
"""Where coverage.py looks for its configuration, and what then stands there."""
_BLOCKED = frozenset(("no:cov", "no:pytest_cov"))
_DISTRIBUTES = re.compile(r"-n.*|-d|--(numprocesses|dist|tx|px)(=.*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """How one run is measured."""

    runner: Runner
    """What runs pytest so that it is measured."""
    folder: str
    """A folder of this run alone; absolute."""
    rcfile: tuple[str, ...] = ()
    """How coverage.py is told of another configuration file."""
    notes: tuple[str, ...] = ()
    """Sentences for the output of the run."""


def _data_file(folder: str) -> str:
    return os.path.join(folder, "data")


async def measurement_of(
    runner: Runner,
    conditions: Conditions,
    addopts: Sequence[str],
    mode: CoverageMode,
    folder: str,
) -> Measurement:
    """Return how a run of *runner* is measured, with the empty *folder* for its data.

    *addopts* are those of the configuration file.
    Raises ``HumanError`` with a sentence that says what to do where nothing can be measured.
    """
    found = await _installed(runner, conditions)
    variable = conditions.environment.get("PYTEST_ADDOPTS", "")
    words = (*addopts, *split(variable), *runner.args)
    if "--no-cov" in words:
        raise HumanError(
            "Coverage is switched off: remove --no-cov from the arguments of pytest (addopts,"
            " PYTEST_ADDOPTS, pytestRecall.args), or run without coverage."
        )
    rcfile = _value_of("--cov-config", words)
    if "pytest_cov" not in found or is_blocked(words, conditions.environment):
        is_free = not await asyncio.to_thread(is_configured, conditions)
        return _by_coverage(runner, words, mode, folder, branch=is_free)
    is_free = rcfile is None and not await asyncio.to_thread(is_configured, conditions)
    flags = cov_flags(words, mode, branch=is_free)
    before = conditions.environment.get(DATA_FILE, "")
    measured = replace(
        runner,
        args=(*runner.args, *flags),
        env={**runner.env, DATA_FILE: _data_file(folder)},
        own=(*runner.own, f"--recall-coverage-file={before}"),
        why_cold=WHY_COLD,
    )
    told = () if rcfile is None else (f"--rcfile={rcfile}",)
    return Measurement(runner=measured, folder=folder, rcfile=told)


def cov_flags(words: Sequence[str], mode: CoverageMode, *, branch: bool) -> tuple[str, ...]:
    """Return what pytest-cov is to be told beyond *words*, all the arguments that it gets anyway.

    Who measures always has said of what.  *branch*: nobody has said whether branches count.
    """
    asks = any(word == "--cov" or word.startswith("--cov=") for word in words)
    per_test = mode == "tests" and _value_of("--cov-context", words) is None
    context = ("--cov-context=test",) if per_test else ()
    if asks:
        return context
    more = (*(("--cov-branch",) if branch else ()), *context)
    # Behind a bare `--cov` a path would be taken for its value.
    return ("--cov", *(more or ("--cov-report=term",)))


def _by_coverage(
    runner: Runner, words: Sequence[str], mode: CoverageMode, folder: str, *, branch: bool
) -> Measurement:
    """Return how coverage.py measures without pytest-cov."""
    notes = []
    if any(_DISTRIBUTES.fullmatch(word) for word in words):
        notes.append("Without pytest-cov, the workers of pytest-xdist are not measured.")
    if mode == "tests":
        notes.append("Without pytest-cov, it is not recorded which test has covered what.")
    typed = ("-m", "coverage", "run", *(("--branch",) if branch else ()))
    measured = replace(
        runner,
        prefix=(*typed, f"--data-file={_data_file(folder)}"),
        typed=typed,
        why_cold=WHY_COLD,
    )
    return Measurement(runner=measured, folder=folder, notes=tuple(notes))


async def _installed(runner: Runner, conditions: Conditions) -> frozenset[str]:
    """Return which of ``coverage`` and ``pytest_cov`` the interpreter has."""
    interpreter = runner.interpreter or ""
    status, said = await _output_of([interpreter, "-c", _PROBE], conditions, asyncio.Event())
    found = frozenset(last_line(said).split() if status == 0 else ())
    if "coverage" not in found:
        raise HumanError(
            f"{interpreter} has neither pytest-cov nor coverage: install one with"
            f" `{shlex.quote(interpreter)} -m pip install pytest-cov`, or run without coverage."
        )
    return found


def is_blocked(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Tell whether pytest does not load pytest-cov although it is there."""
    plugins = [*_values_of("-p", words)]
    if environment.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return "pytest_cov" not in plugins and "pytest_cov.plugin" not in plugins
    return not _BLOCKED.isdisjoint(plugins)


def _values_of(name: str, words: Sequence[str]) -> list[str]:
    long = name.startswith("--")
    joined = f"{name}=" if long else name
    following = (value for word, value in pairwise(words) if word == name)
    return [
        *following,
        *(word[len(joined) :] for word in words if word.startswith(joined) and word != name),
    ]


def _value_of(name: str, words: Sequence[str]) -> str | None:
    return next(reversed(_values_of(name, words)), None)


def is_configured(conditions: Conditions) -> bool:
    """Tell whether the project has configured coverage.py.  Blocking."""
    if conditions.environment.get("COVERAGE_RCFILE"):
        return True
    for name, mark in _CONFIGURATIONS.items():
        try:
            text = Path(conditions.cwd, name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if re.search(mark, text, re.MULTILINE):
            return True
    return False


async def report_of(
    measurement: Measurement, conditions: Conditions, stopping: asyncio.Event
) -> object:
    """Return the JSON report of a run that is over.

    Raises ``HumanError`` with a sentence where there is none.
    """
    data, written = _data_file(measurement.folder), os.path.join(measurement.folder, "report.json")
    coverage = [measurement.runner.interpreter or "", "-m", "coverage"]
    common = [f"--data-file={data}", *measurement.rcfile]
    if await asyncio.to_thread(glob.glob, f"{glob.escape(data)}.*"):
        # A configuration with `parallel` has a file for each process.
        together = [*coverage, "combine", "--append", *common]
        await _output_of(together, conditions, stopping)
    if not await asyncio.to_thread(os.path.exists, data):
        raise HumanError("The run has left no coverage data: its output may say why.")
    # What is too little for `fail_under` is shown all the same.
    options = ["--ignore-errors", "--show-contexts", "--fail-under=0", "-o", written]
    status, said = await _output_of([*coverage, "json", *common, *options], conditions, stopping)
    if status != 0:
        raise HumanError(f"coverage.py could not report what was covered: {last_line(said)}")
    try:
        return await asyncio.to_thread(_load, written)
    except (OSError, ValueError) as error:
        raise HumanError(f"The report of coverage.py cannot be read: {error}") from error


def _load(path: str) -> object:
    loaded: object = json.loads(Path(path).read_bytes())
    return loaded


async def _output_of(
    arguments: Sequence[str], conditions: Conditions, stopping: asyncio.Event
) -> tuple[int | None, str]:
    """Run a command to its end, or until *stopping*; return its exit status and what it said."""
    said: list[str] = []
    environment = {**conditions.environment, "PYTHONIOENCODING": "utf-8"}
    try:
        process = await start_process(arguments, conditions.cwd, environment, said.append)
    except OSError as error:
        return None, str(error)
    stopper = spawn_task(_stop_when_asked(stopping, process), "stop a command")
    try:
        await process.finished()
    finally:
        stopper.cancel()
    return process.exit_status, "".join(said)


async def _stop_when_asked(asked: asyncio.Event, process: Process) -> None:
    await asked.wait()
    await process.stop()
