"""The command line of a run, and whether there can be one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest_recall
from pytest_recall.narrowing import in_both
from pytest_recall.processes import is_running
from pytest_recall_server.model.changes import Selection, SelectionKind
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.runs.workers import worker_args

_SELECTION = "pytest-recall-"
LAUNCHER = os.path.join(os.path.dirname(os.path.abspath(pytest_recall.__file__)), "launcher.py")

# The editor need not be as pytest's own tests have it; docs/plugin.md lists the cures.
CURES = ("--recall-cures=all",)

ALWAYS = ("--color=yes",)

UNTRUSTED = "This workspace is not trusted: trust it to run its tests."
HOW_TO_TRUST = 'For that, "trusted": true goes into the initialization options of the server.'

COLLECT_ONLY = ("--collect-only", "-q")
"""Let pytest collect all tests and run none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """What runs pytest, as the client says."""

    interpreter: str | None = None
    problem: str | None = None
    places: tuple[str, ...] | None = None
    """Folders in which a virtual environment is looked for, the nearest first; None: in none."""
    args: tuple[str, ...] = ()
    trusted: bool = True
    says_trust: bool = True
    """The client has said whether the workspace is trusted."""
    cwd: str | None = None
    """Where pytest is invoked, if not where it is by itself; relative to there, or absolute."""
    env: Mapping[str, str | None] = field(default_factory=dict)
    """Variables of the runs; None removes one."""
    env_file: str | None = None
    """A file with more of them; relative to where pytest is invoked by itself, or absolute."""
    env_file_optional: bool = False
    """It need not exist."""
    workers: str | None = None
    """What pytest-xdist is given as ``-n``; None: nothing, what the project says holds."""
    prefix: tuple[str, ...] = ()
    """What stands before the script that starts pytest, such as ``-m coverage run``."""
    typed: tuple[str, ...] = ()
    """What a person would type of it."""
    own: tuple[str, ...] = ()
    """Options for our plugin."""
    why_cold: str | None = None
    """Why the run has to begin with a new interpreter; None: it need not."""
    output_of_passed_tests: bool = False
    """Tell also what tests printed that did not fail."""
    warm: bool = True
    """Runs may be forked from a process that has pytest and its plugins imported."""

    def why_not(self) -> str | None:
        """Return a sentence that says why nothing can be run, or None."""
        if not self.trusted:
            return UNTRUSTED if self.says_trust else f"{UNTRUSTED} {HOW_TO_TRUST}"
        if self.interpreter is None:
            return self.problem or "No Python interpreter was found: choose one to run tests."
        if os.path.isdir(self.interpreter):
            return f"The Python interpreter {self.interpreter} is a folder: choose another."
        if not os.path.isfile(self.interpreter):
            return f"The Python interpreter {self.interpreter} does not exist: choose another."
        if not os.access(self.interpreter, os.X_OK):
            return f"The Python interpreter {self.interpreter} cannot be executed: choose another."
        return None


@contextlib.contextmanager
def temporary_folder() -> Iterator[str]:
    """Make a folder outside the workspace, for the time of a run."""
    path = tempfile.mkdtemp(prefix=f"{_SELECTION}{os.getpid()}-", dir=_selections())
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def selection_file(ids: Iterable[str], exclude: Iterable[str]) -> Iterator[str]:
    """Write what is selected to a file outside the workspace, for the time of a run."""
    descriptor, path = tempfile.mkstemp(
        prefix=f"{_SELECTION}{os.getpid()}-", suffix=".json", dir=_selections()
    )
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump({"ids": list(ids), "exclude": list(exclude)}, file)
        yield path
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _selections() -> Path:
    """Return the user's folder for selections, which nobody else may write into."""
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir(), f"pytest-recall-selections-{user}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    is_own = sys.platform == "win32" or status.st_uid == os.getuid()
    # Somebody else may have made it first, or a link by its name.
    return folder if is_own and stat.S_ISDIR(status.st_mode) else folder.parent


def sweep_selections() -> None:
    """Remove what servers that were killed have left for their runs.  Blocking."""
    with contextlib.suppress(OSError):
        for path in _selections().glob(f"{_SELECTION}*-*"):
            pid = path.name.removeprefix(_SELECTION).partition("-")[0]
            if not pid.isdigit() or is_running(int(pid)):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


FLAGS: dict[SelectionKind, tuple[str, ...]] = {
    "lastFailed": ("--lf", "--lfnf", "none"),
    "outstanding": ("--recall-outstanding", "--lfnf", "none"),
    "failedFirst": ("--ff",),
    "newFirst": ("--nf",),
    "stepwise": ("--sw",),
    "stepwiseSkip": ("--sw-skip",),
    "stepwiseReset": ("--sw-reset",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What the runs of a root cover; paths are relative to it, the root itself is ``""``."""

    starts: tuple[str, ...] = ("",)
    """Where it has its tests."""
    several: bool = False
    """pytest looks elsewhere when it gets no arguments."""
    nested: tuple[str, ...] = ()
    """Folders that are other roots, whose tests run there."""

    def narrowed(self, selection: Selection) -> Selection:
        """Return *selection* without what lies in other roots and is not asked for by name.

        What is remembered here is rerun here, wherever it lies.
        """
        if selection.kind in {"lastFailed", "outstanding"}:
            return selection
        chosen = selection.ids if _names(selection) else self.starts
        others = (one for one in self.nested if any(_lies_below(one, each) for each in chosen))
        exclude = tuple(dict.fromkeys((*selection.exclude, *others)))
        return replace(selection, exclude=exclude)


def _names(selection: Selection) -> bool:
    """Tell whether *selection* says by ids where to look for tests."""
    return selection.kind == "ids" or (selection.kind != "all" and bool(selection.ids))


def _lies_below(path: str, folder: str) -> bool:
    return path != folder and (folder in {"", "."} or path.startswith(folder.rstrip("/") + "/"))


def selected_ids(
    selection: Selection, remembered: Iterable[str], scope: Scope
) -> tuple[str, ...] | None:
    """Return what is to be collected; None: what pytest collects by itself.

    With *remembered*, the ids that are to be rerun, pytest need look at no file without one,
    and also finds those that lie where it would not look by itself.
    """
    match selection.kind:
        case "lastFailed" | "outstanding":
            paths = tuple(dict.fromkeys(map(path_of, remembered)))
            return in_both(paths, selection.ids) if selection.ids else paths or None
        case _ if _names(selection):
            return selection.ids
        case _:
            return scope.starts if scope.several or selection.exclude else None


def command_line(
    runner: Runner, kind: SelectionKind, select_file: str | None, paths: Sequence[str] = ()
) -> list[str]:
    """Return the arguments that start pytest; *paths* are for it to find its rootdir by."""
    own = [*CURES, *runner.own]
    if runner.output_of_passed_tests:
        own.append("--recall-passed-output")
    if runner.workers is not None:
        own.append(f"--recall-workers={runner.workers}")
    if select_file is not None:
        own += ["--select", select_file]
    given = (*worker_args(runner.workers), *runner.args)
    theirs = [*ALWAYS, *given, *FLAGS.get(kind, ()), *paths]
    return [runner.interpreter or "", *runner.prefix, LAUNCHER, *own, "--", *theirs]
