"""The command line of a run, and whether there can be one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

import pytest_recall
from pytest_recall.narrowing import in_both
from pytest_recall.processes import is_running
from pytest_recall_server.model.changes import Selection, SelectionKind
from pytest_recall_server.model.ids import path_of

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SELECTION = "pytest-recall-"
LAUNCHER = os.path.join(os.path.dirname(os.path.abspath(pytest_recall.__file__)), "launcher.py")

# The editor need not be as pytest's own tests have it; docs/plugin.md lists the cures.
CURES = ("--recall-cures=all",)

ALWAYS = ("--color=yes",)

COLLECT_ONLY = ("--collect-only", "-q")
"""Let pytest collect all tests and run none."""


@attrs.frozen(kw_only=True)
class Runner:
    """What runs pytest, as the client says."""

    interpreter: str | None = None
    problem: str | None = None
    args: tuple[str, ...] = ()
    trusted: bool = True
    cwd: str | None = None
    """Where pytest is invoked, if not where it is by itself; relative to there, or absolute."""
    env: Mapping[str, str | None] = attrs.field(factory=dict)
    """Variables of the runs; None removes one."""
    env_file: str | None = None
    """A file with more of them; relative to where pytest is invoked by itself, or absolute."""
    env_file_optional: bool = False
    """It need not exist."""
    warm: bool = True
    """Runs may be forked from a process that has pytest and its plugins imported."""

    def why_not(self) -> str | None:
        """Return a sentence that says why nothing can be run, or None."""
        if not self.trusted:
            return "This workspace is not trusted: trust it to run its tests."
        if self.interpreter is None:
            return self.problem or "No Python interpreter was found: choose one to run tests."
        if not os.path.isfile(self.interpreter):
            return f"The Python interpreter {self.interpreter} does not exist: choose another."
        if not os.access(self.interpreter, os.X_OK):
            return f"The Python interpreter {self.interpreter} cannot be executed: choose another."
        return None


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
    """Remove the selections of servers that were killed.  Blocking."""
    with contextlib.suppress(OSError):
        for path in _selections().glob(f"{_SELECTION}*.json"):
            pid = path.name.removeprefix(_SELECTION).partition("-")[0]
            if pid.isdigit() and not is_running(int(pid)):
                path.unlink(missing_ok=True)


FLAGS: dict[SelectionKind, tuple[str, ...]] = {
    "lastFailed": ("--lf", "--lfnf", "none"),
    "outstanding": ("--recall-outstanding", "--lfnf", "none"),
    "failedFirst": ("--ff",),
    "newFirst": ("--nf",),
    "stepwise": ("--sw",),
}


@attrs.frozen(kw_only=True)
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
        return attrs.evolve(selection, exclude=exclude)


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
    interpreter: str,
    kind: SelectionKind,
    select_file: str | None,
    args: Iterable[str],
    paths: Sequence[str] = (),
) -> list[str]:
    """Return the arguments that start pytest; *paths* are for it to find its rootdir by."""
    own = list(CURES)
    if select_file is not None:
        own += ["--select", select_file]
    theirs = [*ALWAYS, *args, *FLAGS.get(kind, ()), *paths]
    return [interpreter, LAUNCHER, *own, "--", *theirs]


def why_not_started(interpreter: str, status: int | None, output: str) -> str | None:
    """Return a sentence on a pytest that ended before it began a journal, from what it printed."""
    if "has no pytest" in output:
        return (
            f"{interpreter} has no pytest: install it with `{interpreter} -m pip install pytest`,"
            " or choose another interpreter."
        )
    if old := re.search(r"needs (pytest [^\n]*?), and this is (\S+?):", output):
        return (
            f"{interpreter} has pytest {old[2]}, but {old[1]} is needed: install one,"
            " or choose another interpreter."
        )
    if old := re.search(r"needs (Python \S+) or newer, this is (\S+)", output):
        return f"{interpreter} is Python {old[2]}, but {old[1]} or newer is needed: choose another."
    if "unrecognized arguments: --recall-" in output:
        # The plugin has stayed out of it.
        return (
            f"The pytest of {interpreter} is older than 8.0, or its cacheprovider plugin is"
            " switched off: install pytest 8.0 or newer, or choose another interpreter."
        )
    if status == 0:
        return None
    lines = [line.strip() for line in _ANSI.sub("", output).splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower()]
    said = f": {(errors or lines)[-1]}" if lines else "."
    return f"pytest ended before it could run any test{said}"
