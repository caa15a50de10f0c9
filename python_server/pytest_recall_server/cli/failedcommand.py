"""`pytest-recall failed`: the tests that failed last, and why."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from pytest_recall.commandline import Paint
from pytest_recall_server.cli.command import ANSWERED, LEFT, Answer, Commands, add
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.showing import (
    place_words,
    printable,
    result_value,
    streak_words,
)
from pytest_recall_server.cli.statuscommand import add_exit_code
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.streaks import Streaks


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `failed` to the *commands*."""
    words = "print the ids of the tests that failed last, one a line, in the order of failing"
    parser = add(commands, "failed", words, answer)
    parser.add_argument(
        "--reasons", action="store_true", help="say also why, where, and since when"
    )
    parser.add_argument(
        "--outstanding", action="store_true", help="print also the tests that were not finished"
    )
    add_exit_code(parser)


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Return what failed."""
    # Without reasons the keys alone say it, and no journal need be read.
    streaks = root.read_past() if options.reasons else Streaks()
    failed = root.history.failed()
    unfinished = root.history.unfinished() if options.outstanding else ()
    value = {
        "tests": [
            {"id": each, "state": state}
            | (_reasons(root, streaks, each) if options.reasons else {})
            for ids, state in ((failed, "failed"), (unfinished, "unfinished"))
            for each in ids
        ]
    }

    def lines(paint: Paint) -> Iterator[str]:
        for each in (*failed, *unfinished):
            shown = printable(each)
            if not options.reasons:
                yield shown
                continue
            yield paint.bad(shown) if each in failed else paint.warn(shown)
            for line in _words(root, streaks, each):
                yield f"  {printable(line)}"

    is_left = options.exit_code and bool(value["tests"])
    return Answer(value=value, lines=lines, status=LEFT if is_left else ANSWERED)


def _reasons(root: Root, streaks: Streaks, node_id: str) -> dict[str, object]:
    streak = streaks.of(node_id)
    return {
        **result_value(_reason(root, node_id)),
        "runs": None if streak is None else streak.runs,
        "since": None if streak is None else streak.since,
    }


def _reason(root: Root, node_id: str) -> Result | None:
    """Return the result by which the test is failed or unfinished, if a run has told it."""
    history = root.history
    if node_id in history.memory().unfinished:
        return history.killed().get(node_id)
    result = history.failure(node_id)
    return None if result.when is None else result


def _words(root: Root, streaks: Streaks, node_id: str) -> Iterator[str]:
    result = _reason(root, node_id)
    if result is None:
        is_unfinished = node_id in root.history.memory().unfinished
        none = "no reason is known: no recorded run has told of the failure"
        yield "a run has not come to it" if is_unfinished else none
        return
    yield result.message or result.outcome
    where, since = place_words(result.place), streak_words(streaks.of(node_id))
    if where:
        yield f"at {where}" + (f": {result.statement}" if result.statement else "")
    if since:
        yield f"failed {since}"
