"""What the first line of a journal says of the source of an imported run (``docs/journal.md``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_recall_server.model.results import Event, number, text, texts

Into = Literal["look", "add", "replace"]
"""What became of the failures: they were looked at, or went into the last failed ones."""

_UNNAMED = "a source without a name"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFrom:
    """Where an imported run comes from."""

    name: str
    """Of the sources, for people: ``junit.xml``, ``job-1.xml and 2 more``."""
    kinds: tuple[str, ...]
    """The forms of the sources."""
    when: float | None
    """When they were written, in seconds since the epoch."""
    into: Into

    def member(self) -> dict[str, object]:
        """Return it as the first line of a journal has it."""
        return {
            "name": self.name,
            "kinds": list(self.kinds),
            "when": self.when,
            "into": self.into,
        }


def imported_from(first: Event) -> ImportedFrom | None:
    """Return where a run comes from whose journal begins with *first*; None: it was made here."""
    said = first.get("imported")
    if not isinstance(said, Mapping):
        return None
    return ImportedFrom(
        name=text(said.get("name")) or _UNNAMED,
        kinds=texts(said.get("kinds")),
        when=number(said.get("when")),
        into=_into(said.get("into")),
    )


def _into(value: object) -> Into:
    match value:
        case "add" | "replace":
            return value
        case _:
            return "look"
