"""Translate between the messages of an import and what is imported."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pytest_recall_server.errors import HumanError
from pytest_recall_server.imports.matching import Unmatched
from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import path_of_uri
from pytest_recall_server.project.importing import Given, Imported

MAX_TOLD = 1_000
_FAILING = frozenset({"failed", "error"})


def given(params: protocol.ImportParams) -> list[Given]:
    """Return what a client wants to have imported; raise ``HumanError`` for what is no file."""
    if params.text is not None:
        data = params.text.encode("utf-8", "replace")
        return [Given(name="the clipboard", data=(data,))]
    paths = [path_of_uri(uri) for uri in params.files]
    if not paths:
        raise HumanError("There is nothing to import.")
    return [Given(name=os.path.basename(path), path=path) for path in paths]


def result(imported: Imported) -> protocol.ImportResult:
    """Return the answer to ``recall/import``."""
    failures = imported.failures
    return protocol.ImportResult(
        name=imported.name,
        run=imported.run,
        tests=len({each.id for each in imported.matched}),
        failures=[
            protocol.ImportedFailure(id=each.id, outcome=each.outcome, message=each.message)
            for each in failures[:MAX_TOLD]
        ],
        failure_count=len(failures),
        ambiguous=_unmatched(imported.ambiguous),
        ambiguous_count=len(imported.ambiguous),
        unknown=_unmatched(imported.unknown),
        unknown_count=len(imported.unknown),
        notes=list(imported.notes),
        problems=list(imported.problems),
    )


def _unmatched(several: Iterable[Unmatched]) -> list[protocol.Unmatched]:
    # Failures first: they are what is missed.
    ordered = sorted(several, key=lambda each: each.outcome not in _FAILING)
    return [
        protocol.Unmatched(
            written=each.written,
            outcome=each.outcome,
            why=each.why,
            candidates=list(each.candidates),
            candidate_count=each.count,
        )
        for each in ordered[:MAX_TOLD]
    ]
