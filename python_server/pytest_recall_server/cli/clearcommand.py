"""`pytest-recall clear`: remove what the cache holds, after saying what that is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from pytest_recall.commandline import Paint, complain, counted
from pytest_recall_server.cli.command import ANSWERED, LEFT, Answer, Commands, add
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.showing import printable
from pytest_recall_server.errors import HumanError
from pytest_recall_server.project import inspect
from pytest_recall_server.project.earlier import imported_into
from pytest_recall_server.project.inspect import Entry

_MIB, _KIB = 1 << 20, 1 << 10
_RUNS = "recall/runs/"


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `clear` to the *commands*."""
    words = (
        "remove all that the cache holds, as `pytest --cache-clear` does, after saying what and"
        " asking"
    )
    parser = add(commands, "clear", words, answer)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Clear the cache, if that is wanted."""
    if root.newer:
        raise HumanError(
            f"{root.newer[0]} was written by a newer Pytest Recall, and this one writes nothing"
            " there: use that version, or `pytest --cache-clear`"
        )
    entries = inspect.list_keys(root.cachedir).entries
    size = sum(entry.size for entry in entries)
    what = f"{root.cachedir}: {_what(entries)}, {size_words(size)}"
    if entries and not options.yes and not _agrees(what):
        value = {"removed": 0, "bytes": 0, "left": "nothing was removed"}
        return Answer(value=value, lines=lambda _: iter(("nothing was removed",)), status=LEFT)
    cleared = inspect.clear(root.cachedir)

    def lines(paint: Paint) -> Iterator[str]:
        yield f"{paint.good('cleared')}  {printable(what)}"
        if cleared.problem:
            yield printable(cleared.problem)

    value = {"removed": cleared.removed, "bytes": size, "left": cleared.problem or ""}
    return Answer(value=value, lines=lines, status=LEFT if cleared.problem else ANSWERED)


def _what(entries: tuple[Entry, ...]) -> str:
    values = sum(entry.kind == "value" for entry in entries)
    runs = [each for each in entries if each.kind == "file" and each.key.startswith(_RUNS)]
    # What others have told of can be imported again, what ran here cannot.
    imported = sum(imported_into(each.path) is not None for each in runs)
    others = len(entries) - values - len(runs)
    parts = [counted(values, "value"), counted(len(runs) - imported, "run")]
    further = ((imported, "imported run"), (others, "other file"))
    return ", ".join([*parts, *(counted(number, noun) for number, noun in further if number)])


def size_words(size: int) -> str:
    """Return a number of bytes with its unit."""
    if size >= _MIB:
        return f"{size / _MIB:.1f} MiB"
    return f"{size / _KIB:.1f} KiB" if size >= _KIB else counted(size, "byte")


def _agrees(what: str) -> bool:
    if not sys.stdin.isatty():
        raise HumanError(f"this would remove {what}; nobody can be asked here, so give --yes")
    complain(printable(f"This removes {what}, and cannot be undone."))
    # Standard output is for the answer.
    sys.stderr.write("Remove it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
