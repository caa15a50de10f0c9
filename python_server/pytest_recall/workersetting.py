"""`--recall-workers`: the workers that an editor asks for with `-n`, where there can be any."""

from __future__ import annotations

import importlib.util
import sys

import pytest

NOTICE = pytest.StashKey[str]()
"""Why a run goes without the workers that were asked for: a sentence for people."""


def withdraw_workers(config: pytest.Config, args: list[str]) -> None:
    """Take the `-n` of the setting out of *args* if nobody would understand it.

    pytest would end with "unrecognized arguments" for a setting that is good elsewhere.
    """
    known = config.known_args_namespace
    number: str = known.recall_workers
    problem = _problem(config)
    if problem is None or f"-n{number}" not in args:
        return
    args.remove(f"-n{number}")
    if number != "0":
        config.stash[NOTICE] = f"pytestRecall.workers is {number}, but {problem}"


def _problem(config: pytest.Config) -> str | None:
    known = config.known_args_namespace
    if hasattr(known, "numprocesses"):
        # xdist itself refuses to run with both.
        pdb = "--pdb needs all tests in one process: they run without workers."
        return pdb if known.usepdb else None
    if config.pluginmanager.is_blocked("xdist"):
        return "pytest-xdist is switched off by `-p no:xdist`: the tests run without workers."
    if importlib.util.find_spec("xdist") is not None:
        return (
            "pytest loads no plugins by itself here: add `-p xdist` to pytestRecall.args."
            " The tests run without workers."
        )
    python = sys.executable
    install = f"{python} -m pip install pytest-xdist"
    return (
        f"{python} has no pytest-xdist: install it with `{install}`. The tests run without workers."
    )
