"""`pytest-recall why ID`: every fact that puts a test on or off each selection."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_recall.commandline import Paint
from pytest_recall.narrowing import lies_in
from pytest_recall_server.cli.command import Answer, Commands, add
from pytest_recall_server.cli.nearest import nearest
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.selecting import SELECTIONS, Named, foresee, spellings
from pytest_recall_server.cli.showing import printable
from pytest_recall_server.errors import HumanError
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.why import Fact, Foreseen, Off, On, Reasons, Verdict

_WORDS: dict[On | Off, str] = {
    "all": "all tests run",
    "selected": "it was asked for",
    "failed": "it failed last",
    "failedParameter": "failed, and is gone: all of the function runs for it: {of}",
    "failedAround": "it lies in what could not be collected: {of}",
    "unfinished": "a run did not finish it",
    "unfinishedParameter": "was not finished, and is gone: all of the function runs for it: {of}",
    "rest": "it has not failed, and comes after what has",
    "new": "it is new: no run has collected it",
    "known": "it is known, and comes after what is new",
    "goesOn": "stepwise goes on from it",
    "notPassed": "it comes before where stepwise goes on, and has not passed",
    "after": "it comes after where stepwise goes on",
    "start": "stepwise begins at the first test",
    "broken": "a file cannot be collected, which ends the run before its first test: {of}",
    "notCollected": "pytest does not collect it here, as far as parsing and the cache tell",
    "notChosen": "other tests were asked for",
    "notFailed": "it has not failed",
    "notUnfinished": "no run has left it unfinished",
    "narrowed": "of a file with a failure, only what failed itself is collected",
    "passedBefore": "it had passed or was left behind before where stepwise goes on",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Selected:
    named: Named
    foreseen: Foreseen
    reasons: Reasons


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `why` to the *commands*."""
    words = "print for each selection whether a run would take a test, and every fact behind it"
    parser = add(commands, "why", words, answer)
    parser.add_argument(
        "node_id",
        metavar="ID",
        help="a test, or what holds some: a function, class, file or folder",
    )


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Return why the tests would run or not."""
    selections, everything = asyncio.run(_foresee_all(root))
    tests = _named(options.node_id, root, everything)
    verdicts = {test: [(each, each.reasons.of(test)) for each in selections] for test in tests}
    value = {
        "tests": [
            {"id": test, "selections": [_value(*each) for each in found]}
            for test, found in verdicts.items()
        ]
    }

    def lines(paint: Paint) -> Iterator[str]:
        for number, (test, found) in enumerate(verdicts.items()):
            if number:
                yield ""
            yield paint.bold(printable(test))
            yield from _lines(found, paint)

    return Answer(value=value, lines=lines)


async def _foresee_all(root: Root) -> tuple[list[_Selected], tuple[str, ...]]:
    """Foresee a run of each selection; return also all that pytest collects by itself."""
    found = (await foresee(root, Selection(kind="all"))).files
    everything = tuple(each for file in found for each in file.tests)
    selections = []
    for named in SELECTIONS:
        foreseen = await foresee(root, Selection(kind=named.kind))
        reasons = Reasons(foreseen, everything)
        selections.append(_Selected(named=named, foreseen=foreseen, reasons=reasons))
    return selections, everything


def _named(asked: str, root: Root, everything: Sequence[str]) -> list[str]:
    """Return the tests that *asked* stands for; raise ``HumanError`` where there are none."""
    known = dict.fromkeys((*everything, *root.history.outstanding()))
    for spelled in spellings(asked, root):
        inside = [each for each in known if spelled and lies_in(each, (spelled,))]
        if inside:
            # What holds tests is itself remembered where it could not be collected.
            return inside
    near = nearest(asked, known)
    hint = f"; near to it: {', '.join(near)}" if near else ""
    raise HumanError(f"no test {asked!r} is known in {root.config.rootdir}{hint}")


def _value(selected: _Selected, verdict: Verdict) -> dict[str, object]:
    found = selected.foreseen.found
    return {
        "selection": selected.named.kind,
        "runs": verdict.runs,
        "place": verdict.place,
        "of": len(found.tests),
        "facts": [{"kind": fact.kind, "of": fact.of} for fact in verdict.facts],
        "certain": found.certain,
    }


def _lines(found: Sequence[tuple[_Selected, Verdict]], paint: Paint) -> Iterator[str]:
    for selected, verdict in found:
        flag = selected.named.flags[0].ljust(len("--outstanding"))
        total = len(selected.foreseen.found.tests)
        if verdict.runs:
            head = paint.good(f"runs, {verdict.place} of {total}")
        else:
            head = paint.dim("does not run")
        doubt = "" if selected.foreseen.found.certain else paint.warn(" (not certain)")
        yield f"  {flag}  {head}{doubt}"
        for fact in verdict.facts:
            yield f"      {printable(words_of(fact))}"


def words_of(fact: Fact) -> str:
    """Return a fact as a phrase for people."""
    return _WORDS[fact.kind].replace("{of}", fact.of or "")
