"""The first line of a journal: which run it is of."""

from __future__ import annotations

import sys

import pytest

import pytest_recall
from pytest_recall import git, journal
from pytest_recall.distribution import count_workers
from pytest_recall.journal import Event
from pytest_recall.settings import Settings

_MODES = {
    "lf": "lf",
    "ff": "failedfirst",
    "nf": "newfirst",
    "sw": "stepwise",
    "collect-only": "collectonly",
    "select": "recall_select",
    "readonly": "recall_readonly",
    "setup-only": "setuponly",
}
"""What the journal calls a selection → its attribute of pytest's options."""


def run_event(config: pytest.Config, settings: Settings, run_id: str, begin: float) -> Event:
    """Return the `run` event of a run that began at *begin*, in seconds since the epoch."""
    token, environment, cures = settings.token, settings.environment, settings.cures
    return {
        "event": "run",
        "format": journal.FORMAT,
        "run": run_id,
        **({"token": token} if token else {}),
        **({"live": True} if settings.live else {}),
        "pid": journal.pid_of(run_id),
        "time": begin,
        "rootdir": str(config.rootpath),
        "cwd": str(config.invocation_params.dir),
        "args": _arguments(config, settings),
        "selection": [
            name for name, option in _MODES.items() if getattr(config.option, option, None)
        ],
        **({"environment": environment} if environment else {}),
        **({"cures": sorted(cures)} if cures else {}),
        "versions": {
            "pytest": pytest.__version__,
            "python": ".".join(map(str, sys.version_info[:3])),
            "recall": pytest_recall.__version__,
        },
        "git": git.head_of(config.rootpath)[0],
        "workers": count_workers(config),
    }


def _arguments(config: pytest.Config, settings: Settings) -> list[str]:
    """Return the arguments of the invocation, without those our launcher has added."""
    if settings.live:
        return sys.argv[1:]
    return [str(argument) for argument in config.invocation_params.args]
