"""Run commands of `pytest-recall` in this process, and make what they print comparable."""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.python.plugin.support import Project

from pytest_recall.__main__ import main
from pytest_recall_server.cli.root import Root, open_root

RUN = "20261120T135700.123456Z-4711-a1b2c3d4"
_ID = re.compile(r"\d{8}T\d{6}\.\d{6}Z-\d+-[0-9a-f]{8}")
_RULES = (
    (_ID, RUN),
    (re.compile(r"\b\d+(?:\.\d+)? (?:ms|s)\b(?: *(?=  ))?"), "12 ms"),
    (re.compile(r"(?:less than a minute|\d+ (?:min|h|d))(?= ago|$)"), "less than a minute"),
    (
        re.compile(r"pytest [\d.]+, python [\d.]+, recall [\d.]+"),
        "pytest 9.2.0, python 3.13.1, recall 0.1.0",
    ),
    (re.compile(r"\d+(?:\.\d+)? (?:KiB|bytes)"), "4.2 KiB"),
)
_VALUES: dict[str, object] = {
    "time": 1763647020.5,
    "since": 1763647020.5,
    "when": 1763647020.5,
    "duration": 0.012,
    "bytes": 4300,
    "versions": {"pytest": "9.2.0", "python": "3.13.1", "recall": "0.1.0"},
}
"""What stands for numbers that differ from run to run."""


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - of any shape
        """What it printed, as JSON."""
        return json.loads(self.output)


class Commands:
    """Runs commands where a project is."""

    def __init__(
        self, project: Project, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.project = project
        self._capsys = capsys
        self.patch = patch
        for name in [name for name in os.environ if name.startswith(("PYTEST", "TOX"))]:
            patch.delenv(name)
        patch.chdir(project.path)

    def __call__(self, *arguments: str) -> Done:
        """Run one."""
        self._capsys.readouterr()
        try:
            status = main(list(arguments))
        except SystemExit as exit_:
            status = int(str(exit_.code))
        return Done(status, *self._capsys.readouterr())

    def root(self) -> Root:
        """Return what a command finds here."""
        return open_root(argparse.Namespace(cache_dir=None, rootdir=None))


def plain(text: str, project: Path) -> str:
    """Return what a command printed, with what differs from run to run made the same."""
    text = text.replace(str(project), "/home/me/shop")
    return "\n".join(_plain_line(line) for line in text.splitlines())


def _plain_line(line: str) -> str:
    for pattern, instead in _RULES:
        line = pattern.sub(functools.partial(_filled, instead), line)
    return line.rstrip()


def _filled(new: str, found: re.Match[str]) -> str:
    # Columns keep their places where what follows is another column.
    return new.ljust(len(found[0])) if found.string.startswith("  ", found.end()) else new


def plain_value(value: object, project: Path) -> object:
    """Return what a command printed as JSON, with what differs from run to run made the same."""
    match value:
        case dict():
            return {
                name: _VALUES[name]
                if name in _VALUES and each is not None
                else plain_value(each, project)
                for name, each in value.items()
            }
        case list():
            return [plain_value(each, project) for each in value]
        case str():
            return _ID.sub(RUN, value.replace(str(project), "/home/me/shop"))
        case _:
            return value


def collapsed(text: str) -> list[str]:
    """Return lines in which columns stand two spaces apart: their widths depend on the texts."""
    return [re.sub(r"(?<=\S) {2,}", "  ", line) for line in text.splitlines()]


def files_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return path → time and content of all files in *folder*."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in _files(folder)
    }


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
