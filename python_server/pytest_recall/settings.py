"""Our own options: `--recall-…` on the command line and `recall_…` in the ini file."""

from __future__ import annotations

import sys

import pytest

from pytest_recall import store
from pytest_recall.keys import as_part
from pytest_recall.options import Option, add

CURES = ("stale", "exit", "skipped", "stepwise")
"""Behaviour that pytest's own tests fix, and that can be had better; see docs/plugin.md."""

OPTIONS: tuple[Option, ...] = (
    (
        ("--recall-select",),
        {
            "dest": "recall_select",
            "action": "store",
            "metavar": "FILE",
            "help": "Run the tests listed in FILE, JSON {'ids': [...], 'exclude': [...]}",
        },
    ),
    (
        ("--recall-cures",),
        {
            "dest": "recall_cures",
            "action": "store",
            "metavar": "NAMES",
            "help": f"Cures to apply, separated by commas: {', '.join(CURES)}, or `all` or `none`",
        },
    ),
    (
        ("--recall-outstanding",),
        {
            "dest": "recall_outstanding",
            "help": "As --lf, of the tests that failed and of those that a run did not finish",
        },
    ),
    (
        ("--recall-readonly",),
        {
            "dest": "recall_readonly",
            "help": "Use what is remembered, but change nothing of it",
        },
    ),
    (
        ("--recall-files",),
        {
            "dest": "recall_files",
            "help": "With --lf or --ff: take all tests of the files that hold failures",
        },
    ),
    (
        ("--recall-save",),
        {
            "dest": "recall_save",
            "action": "store",
            "metavar": "NAME",
            "help": "Save the failures known after this run under NAME",
        },
    ),
    (
        ("--recall-load",),
        {
            "dest": "recall_load",
            "action": "store",
            "metavar": "NAME",
            "help": "Take the failures saved under NAME for the known ones",
        },
    ),
    (
        ("--recall-environment",),
        {
            "dest": "recall_environment",
            "action": "store",
            "metavar": "NAME",
            "help": "Keep what is remembered apart under NAME; `auto` names interpreter and branch",
        },
    ),
    (
        ("--recall-workers",),
        {
            "dest": "recall_workers",
            "action": "store",
            "metavar": "N",
            "help": "Take `-nN` back, and say why, if pytest-xdist is not there",
        },
    ),
    (
        ("--recall-passed-output",),
        {
            "dest": "recall_passed_output",
            "help": "Keep in the run journal also what tests print that do not fail",
        },
    ),
    (
        ("--recall-live",),
        {
            "dest": "recall_live",
            "help": "Write the run journal from the very start, even if nothing is collected",
        },
    ),
    (
        ("--recall-coverage-file",),
        {
            "dest": "recall_coverage_file",
            "action": "store",
            "metavar": "FILE",
            "help": "Give COVERAGE_FILE this value once coverage is measured; empty: remove it",
        },
    ),
    (
        ("--recall-token",),
        {
            "dest": "recall_token",
            "action": "store",
            "metavar": "TOKEN",
            "help": "Write TOKEN into the first line of the run journal, to know it by",
        },
    ),
    (
        ("--recall-debug",),
        {
            "dest": "recall_debug",
            "action": "store",
            "choices": ("breakpoints", "failures"),
            "help": "Make way for a debugger: no workers, no coverage; `failures`: stop at them",
        },
    ),
)


def add_options(parser: pytest.Parser) -> None:
    """Add our options and ini values."""
    if "recall_cures" in parser._inidict:  # noqa: SLF001 - no public way to ask
        return
    add(parser, OPTIONS, "recall")
    parser.addini("recall_cures", "Cures to apply, as --recall-cures", type="args", default=[])
    parser.addini("recall_journal", "Write a journal of every run", type="bool", default=True)
    parser.addini("recall_capture", "Keep captured output in the journal", "bool", default=True)
    parser.addini("recall_passed_output", "As --recall-passed-output", "bool", default=False)
    parser.addini("recall_environment", "As --recall-environment", default="")


class Settings:
    """What was asked for. No dataclass: each that is built costs every run half a millisecond."""

    cures: frozenset[str] = frozenset()
    outstanding: bool = False
    readonly: bool = False
    files: bool = False
    save: str | None = None
    load: str | None = None
    environment: str = ""
    """The name under which things are remembered apart, empty for pytest's own keys."""
    journal: bool = True
    capture: bool = True
    """Whether the journal holds captured output and long reports, which may hold secrets."""
    passed_output: bool = False
    """Whether it also holds captured output of tests that do not fail."""
    live: bool = False
    select: str | None = None
    token: str | None = None
    """What the run is known by to whoever started it."""

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        """Read the settings of *config*; raises `pytest.UsageError` for an unknown cure."""
        option = config.option
        asked = option.recall_cures
        names = config.getini("recall_cures") if asked is None else asked.split(",")
        settings = cls()
        settings.cures = _cures([name.strip() for name in names if name.strip()])
        settings.outstanding = option.recall_outstanding
        settings.readonly = option.recall_readonly
        settings.files = option.recall_files
        settings.save = as_part(option.recall_save or "") or None
        settings.load = as_part(option.recall_load or "") or None
        settings.environment = _environment(config)
        settings.journal = config.getini("recall_journal")
        settings.capture = config.getini("recall_capture")
        settings.passed_output = option.recall_passed_output or config.getini(
            "recall_passed_output"
        )
        settings.live = option.recall_live
        settings.select = option.recall_select
        settings.token = option.recall_token
        return settings

    def key_of(self, key: str) -> str:
        """Return the key that stands for pytest's *key* in the environment asked for."""
        return store.key_in(self.environment, key)


def _environment(config: pytest.Config) -> str:
    """Return the name asked for; `auto` is made of the interpreter and the branch."""
    asked: str = config.option.recall_environment or config.getini("recall_environment")
    if asked != "auto":
        return as_part(asked)
    from pytest_recall import git

    python = f"{sys.implementation.name}{sys.version_info[0]}.{sys.version_info[1]}"
    return as_part("-".join(filter(None, (python, git.head_of(config.rootpath)[1]))))


def _cures(names: list[str]) -> frozenset[str]:
    unknown = [name for name in names if name not in {*CURES, "all", "none"}]
    if unknown:
        known = ", ".join((*CURES, "all", "none"))
        message = f"recall: there is no cure named {', '.join(unknown)}; there are: {known}"
        raise pytest.UsageError(message)
    if "none" in names:
        return frozenset()
    return frozenset(CURES if "all" in names else names)
