"""Compare a run through the server with a plain one."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from _pytest.junitxml import bin_xml_escape, mangle_test_address
from tests.faithful.cases import Case
from tests.faithful.seen import Seen, Test

# The server's words for what pytest's report writes otherwise; a report has no word for `xpassed`.
_WORDS = {"failed": "bad", "error": "bad", "xpassed": "passed"}
_SKIPS = {"pytest.skip": "skipped", "pytest.xfail": "xfailed"}


@dataclass(frozen=True)
class Difference:
    """What differs, and how."""

    kind: str
    detail: str


def differences(case: Case, plain: Seen, other: Seen, order: Sequence[str]) -> list[Difference]:
    """Return how *other* differs from *plain*.

    *order*: the ids in the order of a run without workers, where *case* is distributed.
    """
    found = list(_status(plain, other))
    found += _tests(plain, other)
    found += _observed(plain, other)
    if other.told is not None:
        found += _told(plain, other.told)
    if case.distributed:
        found += _in_order(plain, order, "plain pytest: ")
        found += _in_order(other, order, "")
    elif case.each:
        if plain.workers != other.workers:
            found.append(Difference("order", "a worker ran other tests, or in another order"))
    else:
        found += _order(plain.tests, other.tests)
        found += _output(plain, other)
    return found


def _status(plain: Seen, other: Seen) -> Iterator[Difference]:
    if plain.status != other.status:
        yield Difference("exit status", f"{other.status}, not {plain.status}")


def _tests(plain: Seen, other: Seen) -> Iterator[Difference]:
    ours, theirs = (Counter(address for address, _ in seen.tests) for seen in (other, plain))
    for address in (theirs - ours).elements():
        yield Difference("tests", f"{address} did not run")
    for address in (ours - theirs).elements():
        yield Difference("tests", f"{address} ran, too")
    both = ours.keys() & theirs.keys()
    mine, plains = (
        sorted(test for test in seen.tests if test[0] in both) for seen in (other, plain)
    )
    if mine != plains:
        for address, outcome in sorted((Counter(mine) - Counter(plains)).elements()):
            yield Difference("outcomes", f"{address} is {outcome}")


def _order(plain: Sequence[Test], other: Sequence[Test]) -> Iterator[Difference]:
    pairs = enumerate(zip(plain, other, strict=False))
    for number, (theirs, ours) in pairs:
        if theirs[0] != ours[0]:
            yield Difference("order", f"test {number} is {ours[0]}, not {theirs[0]}")
            return


def _in_order(seen: Seen, order: Sequence[str], who: str) -> Iterator[Difference]:
    """Each worker takes tests in the order that a run without workers has."""
    place = {node_id: number for number, node_id in enumerate(order)}
    ran = Counter(node_id for ids in seen.workers.values() for node_id in set(ids))
    if unequal := sorted((ran - Counter(order)) + (Counter(order) - ran)):
        yield Difference("tests", f"{who}{unequal[0]} ran too often, or not at all")
    for worker, ids in seen.workers.items():
        places = [place.get(node_id, -1) for node_id in dict.fromkeys(ids)]
        if places != sorted(places):
            yield Difference("order", f"{who}{worker} ran tests in another order")


def _observed(plain: Seen, other: Seen) -> Iterator[Difference]:
    for name in sorted(plain.observed.keys() | other.observed.keys()):
        theirs, ours = plain.observed.get(name), other.observed.get(name)
        if theirs != ours:
            yield Difference("observed", f"{name} is {ours!r}, not {theirs!r}"[:400])


def _output(plain: Seen, other: Seen) -> Iterator[Difference]:
    changed = [
        line
        for line in difflib.unified_diff(plain.output, other.output, lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    if changed:
        yield Difference("output", " | ".join(changed[:6])[:600])


def _told(plain: Seen, told: dict[str, str]) -> Iterator[Difference]:
    """Compare what the server told with pytest's report, whose outcomes are less fine."""
    reported: dict[str, set[str]] = {}
    for address, outcome in plain.tests:
        reported.setdefault(address, set()).add(outcome)
    theirs = {address: _told_of(outcomes) for address, outcomes in reported.items()}
    ours = {_address_of(node_id): _WORDS.get(word, word) for node_id, word in told.items()}
    for address in sorted(theirs.keys() | ours.keys()):
        if theirs.get(address) != ours.get(address):
            detail = f"the server told {ours.get(address)} of {address}, not {theirs.get(address)}"
            yield Difference("told", detail)


def _told_of(outcomes: set[str]) -> str:
    words = {_SKIPS.get(each, each) for each in outcomes}
    known = words & {"passed", "skipped", "xfailed"}
    return "bad" if words - known else min(known)


def _address_of(node_id: str) -> str:
    *names, last = mangle_test_address(node_id)
    return f"{'.'.join(names)}::{bin_xml_escape(last)}"
