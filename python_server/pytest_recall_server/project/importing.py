"""Import what others have written about runs of one root's tests.  Blocking: called in threads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pytest_recall import journal, kept, merging, salvage, store
from pytest_recall_server.errors import HumanError
from pytest_recall_server.imports.bodies import Matched
from pytest_recall_server.imports.formats import UnreadableError, read_source
from pytest_recall_server.imports.grouping import decisive_first, grouped, reason_of
from pytest_recall_server.imports.known import KnownTests
from pytest_recall_server.imports.matching import Unmatched, match
from pytest_recall_server.imports.reported import KINDS, Outcome, Source
from pytest_recall_server.index.config import Config
from pytest_recall_server.model.imported import ImportedFrom, Into
from pytest_recall_server.project.importedrun import events_of, remove_run, write_run
from pytest_recall_server.project.knowntests import known_tests
from pytest_recall_server.project.newcache import ensure_cache

_PIECE = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Something to import: a file by its path, or bytes that are here already."""

    name: str
    path: str | None = None
    data: Iterable[bytes] = ()

    def chunks(self) -> Iterator[bytes]:
        """Yield what it holds; raises OSError."""
        if self.path is None:
            yield from self.data
            return
        with open(self.path, "rb") as file:
            while chunk := file.read(_PIECE):
                yield chunk

    def modified(self) -> float | None:
        """Return when it was last changed, for sources that do not say when they were written."""
        try:
            return None if self.path is None else os.stat(self.path).st_mtime
        except OSError:
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A failure that was imported."""

    id: str
    outcome: Outcome
    message: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What came of an import."""

    name: str
    """Of all sources."""
    run: str | None
    """The run in the history; None: nothing was known here."""
    into: Into
    matched: tuple[Matched, ...]
    ambiguous: tuple[Unmatched, ...]
    unknown: tuple[Unmatched, ...]
    notes: tuple[str, ...]
    """Sentences on how names were read."""
    problems: tuple[str, ...]
    """Sentences on what could not be read, or could not be done."""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Those that pytest would remember as failed, each once."""
        found = ((each, decisive_first(said)[0]) for each, said in grouped(self.matched).items())
        return tuple(
            Failure(id=each, outcome=said.outcome, message=reason_of(said))
            for each, said in found
            if said.failing
        )


def import_run(config: Config, given: Sequence[Given], into: Into) -> Imported:
    """Read all of *given* and write what is known here as one run; see ``docs/import.md``.

    Raises ``HumanError`` where nothing can be read, or nothing may be written.
    """
    cachedir = Path(os.path.realpath(config.cache_dir))
    refuse_newer(cachedir)
    sources, problems = _read_all(given)
    if not sources:
        raise HumanError(" ".join(problems))
    imported = _matched(sources, known_tests(config), problems, into)
    if not imported.matched:
        return imported
    kinds = tuple(dict.fromkeys(KINDS[source.kind] for source in sources))
    when = max((source.when for source in sources if source.when), default=None)
    origin = ImportedFrom(name=imported.name, kinds=kinds, when=when, into=into)
    events = list(events_of(imported.matched, config.rootdir, when or journal.now()))
    try:
        ensure_cache(cachedir)
        run = write_run(cachedir, config.rootdir, origin, events)
        _remember(cachedir, run, imported)
    except OSError as error:
        raise HumanError(f"Nothing was imported: {cachedir} cannot be written: {error}.") from error
    return replace(imported, run=run)


def _read_all(given: Sequence[Given]) -> tuple[list[Source], list[str]]:
    read = [_read(each) for each in given]
    sources = [each for each in read if isinstance(each, Source)]
    problems = [each for each in read if isinstance(each, str)]
    return sources, [*problems, *(problem for source in sources for problem in source.problems)]


def _read(given: Given) -> Source | str:
    """Return what was read, or a sentence that says why nothing was."""
    try:
        source = read_source(given.name, given.chunks())
    except UnreadableError as error:
        return str(error)
    except OSError as error:
        return f"{given.name} cannot be read: {error.strerror or error}."
    source.when = source.when or given.modified()
    return source


def _matched(sources: list[Source], known: KnownTests, problems: list[str], into: Into) -> Imported:
    matchings = [match(source, known) for source in sources]
    for source, matching in zip(sources, matchings, strict=True):
        if not matching.matched:
            problems.append(_foreign(source, known))
    return Imported(
        name=name_of([source.name for source in sources]),
        run=None,
        into=into,
        matched=tuple(each for matching in matchings for each in matching.matched),
        ambiguous=tuple(each for matching in matchings for each in matching.ambiguous),
        unknown=tuple(each for matching in matchings for each in matching.unknown),
        notes=tuple(note for matching in matchings for note in matching.notes),
        problems=tuple(problems),
    )


def _foreign(source: Source, known: KnownTests) -> str:
    if known.is_empty:
        return f"No test of this project is known, so nothing of {source.name} could be found."
    return (
        f"No test that {source.name} names could be told to be one of this project: it may be that"
        " of another project, or of another folder of this one."
    )


def name_of(names: Sequence[str]) -> str:
    """Return the name for people of an import of files with these *names*."""
    first = names[0]
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"


def refuse_newer(cachedir: Path) -> None:
    """Raise ``HumanError`` if a newer version of ours has written to *cachedir*."""
    newer = kept.read_unfinished(cachedir).is_newer or any(
        _format_of(path) > journal.FORMAT
        for directory in journal.directories(cachedir)
        for path in journal.journals(directory)
    )
    if newer:
        raise HumanError(
            f"A newer Pytest Recall has written to {cachedir}, so nothing was changed there:"
            " update this one."
        )


def _format_of(path: Path) -> int:
    try:
        with path.open("rb") as file:
            event = journal.decode(file.readline()) or {}
    except OSError:
        return 0
    version = event.get("format")
    return version if isinstance(version, int) else 0


def _remember(cachedir: Path, run: str, imported: Imported) -> None:
    """Put the failures where *imported* says; take the run back if that cannot be done."""
    if imported.into == "look":
        return
    failed = dict.fromkeys((each.id for each in imported.failures), True)
    delta = merging.Delta(failed, {})
    before = _nothing
    if imported.into == "replace":
        delta.again = frozenset(failed)
        delta.forgets = lambda ids: _stored(cachedir).intersection(ids) - failed.keys()
        before = partial(_keep_copy, cachedir)
    try:
        merging.merge_outstanding(
            cachedir, delta, partial(store.write_value, cachedir), before=before
        )
    except OSError:
        remove_run(cachedir, run)
        raise


def _nothing() -> None:
    """Have nothing done before the merge."""


def _stored(cachedir: Path) -> set[str]:
    return set(kept.read_failed(cachedir).ids)


def _keep_copy(cachedir: Path) -> None:
    """Keep the failures that are about to be replaced beside the file."""
    path = store.value_path(cachedir, store.LASTFAILED)
    if path.is_file() and not path.is_symlink():
        salvage.keep_aside(path, salvage.REPLACED)
