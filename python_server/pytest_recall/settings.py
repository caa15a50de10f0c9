"""Our own options: `--recall-…` on the command line and `recall_…` in the ini file."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_recall.options import Option, add_missing

CURES = ("stale", "exit", "skipped", "stepwise")
"""Behaviour that pytest's own tests fix, and that can be had better; see docs/plugin.md."""

OPTIONS = (
    Option(
        ("--recall-select",),
        dest="recall_select",
        action="store",
        metavar="FILE",
        help="Run the tests listed in FILE, JSON {'ids': [...], 'exclude': [...]}",
    ),
    Option(
        ("--recall-cures",),
        dest="recall_cures",
        action="store",
        metavar="NAMES",
        help=f"Cures to apply, separated by commas: {', '.join(CURES)}, or `all` or `none`",
    ),
    Option(
        ("--recall-readonly",),
        dest="recall_readonly",
        help="Use what is remembered, but change nothing of it",
    ),
    Option(
        ("--recall-files",),
        dest="recall_files",
        help="With --lf or --ff: take all tests of the files that hold failures",
    ),
    Option(
        ("--recall-save",),
        dest="recall_save",
        action="store",
        metavar="NAME",
        help="Save the failures known after this run under NAME",
    ),
    Option(
        ("--recall-load",),
        dest="recall_load",
        action="store",
        metavar="NAME",
        help="Take the failures saved under NAME for the known ones",
    ),
    Option(
        ("--recall-environment",),
        dest="recall_environment",
        action="store",
        metavar="NAME",
        help="Keep what is remembered apart under NAME; `auto` names interpreter and branch",
    ),
    Option(
        ("--recall-live",),
        dest="recall_live",
        help="Write the run journal from the very start, even if nothing is collected",
    ),
)


def add_options(parser: pytest.Parser) -> None:
    """Add our options and ini values."""
    add_missing(parser, OPTIONS, "recall")
    inis = (
        ("recall_cures", "args", "Cures to apply by default, as for --recall-cures", []),
        ("recall_journal", "bool", "Write a journal of every run", True),
        ("recall_environment", "string", "As --recall-environment", ""),
    )
    for name, kind, text, default in inis:
        if name not in parser._inidict:  # noqa: SLF001 - no public way to ask
            parser.addini(name, help=text, type=kind, default=default)


@dataclass(frozen=True)
class Settings:
    """What was asked for, and what cannot be understood of it."""

    cures: frozenset[str]
    readonly: bool
    files: bool
    save: str | None
    load: str | None
    environment: str
    journal: bool
    live: bool
    select: str | None

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        """Read the settings of *config*; raises `pytest.UsageError` for an unknown cure."""
        option = config.option
        asked = option.recall_cures
        names = config.getini("recall_cures") if asked is None else asked.split(",")
        return cls(
            cures=_cures([name.strip() for name in names if name.strip()]),
            readonly=option.recall_readonly,
            files=option.recall_files,
            save=option.recall_save,
            load=option.recall_load,
            environment=option.recall_environment or config.getini("recall_environment"),
            journal=config.getini("recall_journal"),
            live=option.recall_live,
            select=option.recall_select,
        )

    def key_of(self, key: str) -> str:
        """Return the key that stands for pytest's *key* in the environment asked for."""
        if not self.environment:
            return key
        return f"recall/environments/{self.environment}/{key.removeprefix('cache/')}"


def _cures(names: list[str]) -> frozenset[str]:
    unknown = [name for name in names if name not in {*CURES, "all", "none"}]
    if unknown:
        known = ", ".join((*CURES, "all", "none"))
        message = f"recall: there is no cure named {', '.join(unknown)}; there are: {known}"
        raise pytest.UsageError(message)
    if "none" in names:
        return frozenset()
    return frozenset(CURES if "all" in names else names)
