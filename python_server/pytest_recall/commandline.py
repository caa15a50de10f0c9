"""What all commands for the terminal have in common: where to look, and how to print."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pytest_recall import journal

NAME = "pytest-recall"
"""What the program is called."""


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the cache directory is, and where the project."""
    parser.add_argument(
        "--cache-dir",
        type=path_argument,
        metavar="DIR",
        help="the cache directory (default: the one that pytest would use)",
    )
    parser.add_argument(
        "--rootdir",
        type=path_argument,
        metavar="DIR",
        help="what node ids are relative to (default: pytest's rootdir)",
    )


def path_argument(text: str) -> Path:
    """Return *text* as an absolute path without `..`; links stay."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("is no path")
    return Path(os.path.abspath(text))  # noqa: PTH100 - `resolve` follows links


def guessed_rootdir(cachedir: Path) -> Path | None:
    """Return the newest run's rootdir if *cachedir* is in it, else what pytest's default says."""
    for path in reversed(journal.journals(journal.runs_directory(cachedir))):
        events = journal.read(path)
        rootdir = events[0].get("rootdir") if journal.understands(events) else None
        if isinstance(rootdir, str) and Path(rootdir) in cachedir.parents:
            return Path(rootdir)
    return cachedir.parent if cachedir.name == ".pytest_cache" else None


def counted(number: int, noun: str) -> str:
    """Return ``1 test``, ``2 tests``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


@contextlib.contextmanager
def until_reader_leaves() -> Iterator[None]:
    """Let what is printed inside end where whoever reads it goes, as `head` does; raises nothing.

    What the command has found out, and so its exit status, stays the same.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes at its end, and would complain then ("Note on SIGPIPE" in
        # Python's documentation of `signal`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Print *text* and end its line."""
    # Node ids may hold what the terminal's encoding has no characters for.
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    with until_reader_leaves():
        print(shown)  # noqa: T201 - a command speaks on its stdout


def complain(text: str) -> None:
    """Print *text* where errors belong."""
    print(text, file=sys.stderr)  # noqa: T201 - a command


def has_colour(stream: TextIO) -> bool:
    """Tell whether *stream* is to be coloured, by the rules of pytest's own output."""
    asked = os.environ.get("PY_COLORS")
    if asked in {"0", "1"}:
        return asked == "1"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


@dataclass(frozen=True)
class Paint:
    """Colours, if they are on."""

    is_on: bool

    def _sgr(self, code: int, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_on and text else text

    def good(self, text: str) -> str:
        """Return *text* as of what is well."""
        return self._sgr(32, text)

    def bad(self, text: str) -> str:
        """Return *text* as of what is wrong."""
        return self._sgr(31, text)

    def warn(self, text: str) -> str:
        """Return *text* as of what deserves a look."""
        return self._sgr(33, text)

    def dim(self, text: str) -> str:
        """Return *text* as of what matters less."""
        return self._sgr(2, text)

    def bold(self, text: str) -> str:
        """Return *text* as of what matters most."""
        return self._sgr(1, text)
