"""The run that people name on the command line."""

from __future__ import annotations

import argparse

from pytest_recall_server.cli.root import Root
from pytest_recall_server.errors import HumanError
from pytest_recall_server.model.pastruns import PastRun
from pytest_recall_server.project.pastruns import all_runs

LAST = "last"


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names a run."""
    parser.add_argument(
        "run_id", metavar="RUN", help="the run, by its id or how that begins; `last`: the newest"
    )


def chosen_run(options: argparse.Namespace, root: Root) -> PastRun:
    """Return the run that *options* name; raise ``HumanError`` for none and for several."""
    name: str = options.run_id
    found = all_runs(root.cachedir)
    if not found:
        raise HumanError("no run is recorded: stock pytest keeps none")
    if name == LAST:
        return found[0]
    # An id is no beginning of another.
    fitting = [run for run in found if name and run.id.startswith(name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        several = ", ".join(run.id for run in fitting[:3])
        raise HumanError(f"{len(fitting)} runs begin with {name!r}, such as {several}: say more")
    raise HumanError(f"there is no run {name!r}: `pytest-recall runs` lists them")
