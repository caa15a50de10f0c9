"""What every command does alike: options, errors, JSON or lines, the exit status."""

from __future__ import annotations

import argparse
import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_recall.commandline import NAME, Paint, add_place, complain, has_colour, say
from pytest_recall_server.cli.root import Root, open_root
from pytest_recall_server.cli.showing import printable
from pytest_recall_server.errors import HumanError

ANSWERED, LEFT, NOT_ANSWERED = 0, 1, 2
JSON_VERSION = 1

Commands = argparse._SubParsersAction  # noqa: SLF001 # of parsers; it has no other name


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a command has found."""

    value: Mapping[str, object]
    """Its members of the JSON object, ``docs/command-line.md``."""
    lines: Callable[[Paint], Iterator[str]]
    """The same for people."""
    status: int = ANSWERED
    problems: Sequence[str] = ()
    """Sentences on what could not be read, beside what the cache directory holds."""


Answers = Callable[[argparse.Namespace, Root], Answer]
Opens = Callable[[argparse.Namespace], Root]


def add(
    commands: Commands[argparse.ArgumentParser],
    name: str,
    words: str,
    answers: Answers,
    opens: Opens = open_root,
) -> argparse.ArgumentParser:
    """Add a command that *answers* of the root that *opens* returns.

    *words* say in one sentence what it does.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=words[:1].upper() + words[1:] + "."
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_place(parser)
    parser.set_defaults(run=functools.partial(_carry_out, name, answers, opens))
    return parser


def _carry_out(name: str, answers: Answers, opens: Opens, options: argparse.Namespace) -> int:
    try:
        root = opens(options)
        answer = answers(options, root)
    except HumanError as error:
        complain(f"{NAME} {name}: {printable(str(error))}")
        return NOT_ANSWERED
    problems = [*root.problems, *answer.problems]
    for problem in problems:
        complain(f"{NAME} {name}: {printable(problem)}")
    if options.json:
        head = {
            "version": JSON_VERSION,
            "command": name,
            "rootdir": root.config.rootdir,
            "cachedir": root.cachedir,
            "problems": problems,
        }
        say(json.dumps({**head, **answer.value}, indent=2))
    else:
        lines = list(answer.lines(Paint(has_colour(sys.stdout))))
        if lines:
            say("\n".join(lines))
    return answer.status
