"""How the ids of a source may differ as a whole: another rootdir, or a prefix for JUnit XML."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_recall_server.imports.addresses import Address, addresses_of
from pytest_recall_server.imports.known import KnownTests
from pytest_recall_server.imports.reported import Reported, Spelling

_SAMPLE = 200
_MAX_SHIFTS = 40


@dataclass(frozen=True, slots=True)
class Shift:
    """Takes one beginning off all names, or puts one before them."""

    strip: str = ""
    add: str = ""

    def describe(self) -> str:
        """Return a sentence for people, empty where nothing is changed."""
        if self.strip:
            return f"its names were read without “{self.strip}” before them."
        return f"its names were read with “{self.add}” before them." if self.add else ""

    def apply(self, spelling: Spelling, *, collects: bool = False) -> Spelling | None:
        """Return *spelling* as it is under this shift; None where it cannot be."""
        if not (self.strip or self.add):
            return spelling
        if spelling.classname is None:
            text = self._text(spelling.id, "/")
            return None if text is None else replace(spelling, id=text)
        if not spelling.classname or (collects and spelling.classname == self.strip):
            # A file has no class: its path is the name.
            return self._file(spelling)
        text = self._text(spelling.classname, ".")
        return None if text is None else replace(spelling, classname=text)

    def _file(self, spelling: Spelling) -> Spelling | None:
        if spelling.classname:
            return replace(spelling, classname="")
        name = self._text(spelling.name, ".")
        return None if name is None else replace(spelling, name=name)

    def _text(self, text: str, separator: str) -> str | None:
        if self.add:
            return f"{self.add}{separator}{text}"
        head = self.strip + separator
        return text[len(head) :] if text.startswith(head) else None


AS_IT_IS = Shift()


def shifts_of(tests: Sequence[Reported], known: KnownTests) -> list[Shift]:
    """Return the shifts under which some of *tests* may be known."""
    found: dict[Shift, None] = {}
    common = _common(tests)
    for count in range(1, len(common) + 1):
        separator = "." if _is_dotted(tests[0]) else "/"
        found[Shift(strip=separator.join(common[:count]))] = None
    for reported in tests[:_SAMPLE]:
        for prefix in _prefixes(reported, known):
            if len(found) < _MAX_SHIFTS:
                found[Shift(add=prefix)] = None
    return list(found)


def _is_dotted(reported: Reported) -> bool:
    return reported.spellings[0].classname is not None


def _parts(reported: Reported) -> list[str]:
    """Return the parts of the name that a shift may take off."""
    spelling = reported.spellings[0]
    if spelling.classname is None:
        return spelling.id.partition("::")[0].split("/")[:-1]
    return (spelling.classname or spelling.name).split(".")


def _common(tests: Sequence[Reported]) -> list[str]:
    if not tests:
        return []
    common = _parts(tests[0])
    for reported in tests:
        pairs = zip(common, _parts(reported), strict=False)
        common = [ours for ours, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)]
    return common


def _prefixes(reported: Reported, known: KnownTests) -> Iterator[str]:
    """Yield what would have to stand before a name for it to be known."""
    for spelling in reported.spellings:
        if spelling.classname is None:
            yield from _before(spelling.id.partition("[")[0], known.ending_like(spelling.id), "/")
        else:
            head = spelling.name.partition("[")[0]
            yield from _before_address((spelling.classname, head), known)


def _before(text: str, ids: Iterable[str], separator: str) -> Iterator[str]:
    end = separator + text
    yield from (each[: -len(end)] for each in ids if each.endswith(end))


def _before_address(address: Address, known: KnownTests) -> Iterator[str]:
    classname, name = address
    if not classname:
        return
    for node_id in known.ending_like(f"::{name}"):
        for around, own in addresses_of(node_id):
            if own == name:
                yield from _before(classname, [around], ".")
