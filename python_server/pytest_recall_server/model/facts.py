"""What is known of files and their tests before it is made into rows or counted."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_recall_server.model.flat import Flat
from pytest_recall_server.model.ids import SEPARATOR, ancestors_of, function_of
from pytest_recall_server.model.outline import Definition
from pytest_recall_server.model.results import Place, Result


@dataclass(frozen=True, kw_only=True, slots=True)
class FileError:
    """Why a file could not be collected."""

    message: str
    place: Place
    statement: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What the cache says about ids."""

    failed: Collection[str] = frozenset()
    """Ids in ``cache/lastfailed``."""
    failed_around: Collection[str] = frozenset()
    """Ids of everything that has a failed descendant."""
    unfinished: Collection[str] = frozenset()
    """Ids that a run has selected and not finished, and that are not failed; always up to date."""
    unfinished_around: Collection[str] = frozenset()
    """Ids of everything that has an unfinished descendant."""
    seen: Collection[str] | None = None
    """Ids in ``cache/nodeids`` and those of their functions; None: there is no such key."""

    def is_new(self, node_id: str) -> bool:
        """Tell whether *node_id* was never collected."""
        return self.seen is not None and node_id not in self.seen

    def is_failed(self, node_id: str) -> bool:
        """Tell whether *node_id* failed, or something in it."""
        return node_id in self.failed or node_id in self.failed_around

    def is_unfinished(self, node_id: str) -> bool:
        """Tell whether *node_id* was not finished, or something in it."""
        return node_id in self.unfinished or node_id in self.unfinished_around

    @property
    def has_outstanding(self) -> bool:
        """Tell whether anything is failed or unfinished."""
        return bool(self.failed or self.unfinished)

    def is_outstanding(self, node_id: str) -> bool:
        """Tell whether *node_id* itself is failed or unfinished."""
        return node_id in self.failed or node_id in self.unfinished


def around(ids: Collection[str]) -> frozenset[str]:
    """Return the ids of everything that has one of *ids* in it."""
    return frozenset(ancestor for node_id in ids for ancestor in ancestors_of(node_id))


def with_functions(node_ids: Collection[str]) -> frozenset[str]:
    """Return *node_ids* and those of their functions."""
    # There may be hundreds of thousands of ids of a few functions.
    heads = {node_id.partition("[")[0] for node_id in node_ids if node_id.endswith("]")}
    functions = {head for head in heads if SEPARATOR in head}
    if len(functions) < len(heads):
        # Brackets in paths.
        functions.update(map(function_of, node_ids))
    return frozenset(functions.union(node_ids))


_NS_PER_S = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFacts:
    """All that is known of one file."""

    path: str
    modified: int
    definitions: Sequence[Definition] | None
    """None: it could never be parsed."""
    error: FileError | None
    known: Collection[str]
    """Ids that the cache or a run knows in this file, in order."""
    collected: Collection[str] = frozenset()
    """Ids that were collected since the file last changed: they exist."""
    whole: bool = False
    """These are all of the file's tests."""
    edited: bool = False
    """The definitions are those of an unsaved document: runs have seen another text."""
    flat: Flat = field(compare=False)
    """The definitions without their places."""

    results: Mapping[str, Result] = field(default_factory=dict, compare=False)
    """The last known results of tests, also of other files, by id."""
    slow_after: float = math.inf
    """From how many seconds on a test counts as slow."""

    def is_stale(self, node_id: str) -> bool:
        """Tell whether the source of a test has changed since its result."""
        suffix = function_of(node_id)[len(self.path) :]
        return is_stale(self.results.get(node_id), suffix, self.flat)

    def is_slow(self, node_id: str) -> bool:
        """Tell whether a test took long when it ran last."""
        result = self.results.get(node_id)
        return result is not None and (result.duration or 0.0) >= self.slow_after


def is_stale(result: Result | None, suffix: str, flat: Flat) -> bool:
    """Tell whether a function has changed since the *result* of a test of it.

    *suffix* is what follows the path in its id, *flat* its file.
    """
    if result is None or result.when is None:
        return False
    return result.when < flat.since.get(suffix, 0) / _NS_PER_S
