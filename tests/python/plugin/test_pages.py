"""`docs/selections.md` and `docs/getting-started.md`, followed from top to bottom.

Their files are written and their commands run.

    RECALL_UPDATE_GOLDEN=1 pytest …/test_pages.py

writes what they print anew; look at the difference.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.documented import DOCS
from tests.python.cli.support import collapsed
from tests.python.plugin.support import SOURCES, Outcome, Project

SELECTIONS = "selections.md"
PAGES = (SELECTIONS, "getting-started.md")
UPDATES = "RECALL_UPDATE_GOLDEN" in os.environ
_BLOCK = re.compile(r"```(\w+)\n(.*?)```\n", re.DOTALL)
_FILE = re.compile(r"# content of (\S+)\n")
_COMMAND = re.compile(r"^\$ (pytest(?:-recall)?\b.*)\n", re.MULTILINE)
_DIFFERENT = (
    # The bars are as long as a terminal is wide, which is not said of what is beside them.
    (re.compile(r"([=_!-])\1{4,}"), r"\1\1\1\1\1"),
    (re.compile(r"\b\d+\.\d\ds\b"), "0.12s"),
    (re.compile(r"\b0:\d\d:\d\d ago"), "0:00:01 ago"),
)


Run = Callable[..., Outcome]


@dataclass(frozen=True)
class Shown:
    """A command of a page."""

    command: str
    told: str
    """What the page says that it prints."""
    output: str
    """What it prints."""


@pytest.mark.parametrize("page", PAGES)
def test_every_transcript_of_a_page_is_true(project: Project, page: str) -> None:
    text = (DOCS / page).read_text("utf-8")

    shown = list(followed(text, project, project.ours))

    if UPDATES:
        (DOCS / page).write_text(with_outputs(text, shown, project.path), "utf-8")
    assert UPDATES or wrong(shown, project.path) == []


def test_what_is_said_of_pytest_is_true_without_the_plugin(project: Project) -> None:
    text, added, _ = (
        (DOCS / SELECTIONS).read_text("utf-8").partition("\n## What Pytest Recall adds\n")
    )
    assert added

    shown = list(followed(text, project, project.stock))

    assert wrong(shown, project.path) == []


def test_a_line_that_is_not_printed_is_noticed(tmp_path: Path) -> None:
    output = "collected 2 items\n\n2 failed in 1.07s\n"
    true = Shown("pytest --lf", "collected 2 items\n\n2 failed in 0.05s\n", output)
    untrue = Shown("pytest --lf", "collected 3 items\n\n2 failed in 0.05s\n", output)

    assert wrong([true, untrue], tmp_path) == [
        ("pytest --lf", ["collected 3 items", "", "2 failed in 0.12s"])
    ]


def followed(text: str, project: Project, run: Run) -> Iterator[Shown]:
    """Write the files of *text* and *run* its commands, as they come."""
    for language, block in _BLOCK.findall(text):
        name = _FILE.match(block)
        if name is not None:
            project.write({name[1]: block[name.end() :]})
        elif language == "console":
            parts = _COMMAND.split(block)
            for command, told in zip(parts[1::2], parts[2::2], strict=True):
                yield Shown(command, told, _output(shlex.split(command), project, run))


def _output(command: Sequence[str], project: Project, run: Run) -> str:
    program, *arguments = command
    if program == "pytest":
        return run(*arguments).output
    done = project.process("-m", "pytest_recall", *arguments, PYTHONPATH=str(SOURCES))
    return done.stdout + done.stderr


def wrong(shown: Sequence[Shown], project: Path) -> list[tuple[str, list[str]]]:
    """Return the commands that print something else, with what is said of them."""
    return [
        (each.command, plain(each.told, project))
        for each in shown
        if plain(each.told, project) != plain(each.output, project)
    ]


def plain(printed: str, project: Path) -> list[str]:
    """Return the lines of *printed*, with what differs from run to run made the same."""
    text = printed.replace(str(project), "/home/me/project").strip("\n")
    for pattern, instead in _DIFFERENT:
        text = pattern.sub(instead, text)
    return [line.rstrip() for line in collapsed(text)]


def with_outputs(text: str, shown: Sequence[Shown], project: Path) -> str:
    """Return the page with what its commands print now."""
    new = iter(each.output for each in shown)

    def block(found: re.Match[str]) -> str:
        if found[1] != "console":
            return found[0]
        lines = "\n".join(
            f"$ {command}\n{_written(next(new), project)}\n"
            for command in _COMMAND.findall(found[2])
        )
        return f"```console\n{lines}```\n"

    return _BLOCK.sub(block, text)


def _written(output: str, project: Path) -> str:
    text = re.sub(r"in \d+\.\d\ds", "in 0.12s", output.replace(str(project), "/home/me/project"))
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
