"""Find out which tests of this project a source speaks of: exactly, or not at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from pytest_recall_server.imports.bodies import Matched, label_of_item, with_bodies
from pytest_recall_server.imports.known import Answer, KnownTests
from pytest_recall_server.imports.reported import Outcome, Reported, Source, Spelling
from pytest_recall_server.imports.shifts import AS_IT_IS, Shift, shifts_of
from pytest_recall_server.model.ids import path_of

MAX_CANDIDATES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmatched:
    """What the source says of a test that is not known, or that may be one of several."""

    written: str
    outcome: Outcome
    why: str
    candidates: tuple[str, ...] = ()
    count: int = 0
    """How many candidates there are: no more than 20 are told."""


@dataclass(slots=True)
class Matching:
    """What became of the tests of a source."""

    matched: list[Matched] = field(default_factory=list)
    ambiguous: list[Unmatched] = field(default_factory=list)
    unknown: list[Unmatched] = field(default_factory=list)
    shift: Shift = AS_IT_IS
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Way:
    id: str
    spelling: Spelling
    certain: bool


def match(source: Source, known: KnownTests) -> Matching:
    """Map what *source* says to the tests that are *known*.

    Every name is looked up under all ways to read it.  Where none of them is known as it is
    written, the source may stand for another rootdir, or have a prefix: one such shift is taken if
    it is the only one that explains anything, or the only one that explains everything.
    """
    matching = Matching()
    shifts = _chosen(source.tests, known)
    if len(shifts) == 1:
        matching.shift = shifts[0]
        if note := shifts[0].describe():
            matching.notes.append(f"{source.name}: {note}")
    for reported in source.tests:
        _place(reported, shifts, known, source.bodies, matching)
    if source.bodies:
        matching.matched = with_bodies(matching.matched, source.bodies)
    return matching


def _chosen(tests: list[Reported], known: KnownTests) -> list[Shift]:
    """Return the shift to read *tests* under, or all that are possible."""

    def explained(shift: Shift) -> int:
        return sum(bool(_ways(each, shift, known)) for each in tests)

    plain = explained(AS_IT_IS)
    if plain == len(tests):
        return [AS_IT_IS]
    counts = {shift: explained(shift) for shift in shifts_of(tests, known)}
    telling = [shift for shift, count in counts.items() if count]
    whole = [shift for shift in telling if counts[shift] == len(tests)]
    if plain:
        # As it is written some of it is known; another reading that knows all of it is a doubt.
        return [AS_IT_IS, *whole]
    if len(telling) == 1 or len(whole) == 1:
        return whole or telling
    return telling or [AS_IT_IS]


def _ways(reported: Reported, shift: Shift, known: KnownTests) -> list[_Way]:
    found: list[_Way] = []
    for spelling in reported.spellings:
        shifted = shift.apply(spelling, collects=reported.collects)
        if shifted is not None:
            answer = _answer(reported, shifted, known)
            found += [_Way(each, spelling, answer.certain) for each in answer.ids]
    return found


def _answer(reported: Reported, spelling: Spelling, known: KnownTests) -> Answer:
    if spelling.classname is None:
        return known.of_id(spelling.id, collects=reported.collects)
    address = (spelling.classname, spelling.name)
    return known.of_address(address, collects=reported.collects)


def _place(
    reported: Reported,
    shifts: list[Shift],
    known: KnownTests,
    labels: Collection[str],
    matching: Matching,
) -> None:
    ways = [way for shift in shifts for way in _ways(reported, shift, known)]
    ways = _narrowed(ways, reported, known, labels)
    ids = list(dict.fromkeys(way.id for way in ways))
    written, outcome = str(reported), reported.outcome
    if not ids:
        why = "no file here has this name" if reported.collects else "no test here has this name"
        matching.unknown.append(Unmatched(written=written, outcome=outcome, why=why))
    elif len(ids) > 1 or not all(way.certain for way in ways):
        told = tuple(sorted(ids)[:MAX_CANDIDATES])
        why = _why_several(ids)
        matching.ambiguous.append(
            Unmatched(written=written, outcome=outcome, why=why, candidates=told, count=len(ids))
        )
    else:
        message = ways[0].spelling.message
        said = reported if message is None else replace(reported, message=message)
        matching.matched.append(Matched(id=ids[0], reported=said))


def _why_several(ids: list[str]) -> str:
    if len(ids) == 1:
        return "this test may be meant, or another one that is not known here"
    return f"{len(ids)} tests here may be meant"


def _narrowed(
    ways: list[_Way], reported: Reported, known: KnownTests, labels: Collection[str]
) -> list[_Way]:
    """Leave out ways to read a name that others rule out."""
    if len(ways) <= 1:
        return ways
    if reported.spellings[0].classname is not None:
        own = [way for way in ways if path_of(way.id) == reported.file]
        return own if len(own) == 1 else ways
    several = len({way.spelling for way in ways}) > 1
    if not several:
        return ways
    # A log names each failure once more, above its traceback, where nothing stands behind it.
    headed = [way for way in ways if label_of_item(way.id) in labels]
    if len({way.id for way in headed}) == 1:
        return headed
    certain = [way for way in ways if known.is_known(way.id)]
    return certain or ways
