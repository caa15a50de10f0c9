"""Marks of edited documents, over stdio: as the client gets them, and how soon."""

from __future__ import annotations

import os
import random

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.liveedits import BASES, KINDS, PATH, Typist
from tests.python.server.liveoracle import Failure, Oracle, Text, functions_in
from tests.python.server.support import Session
from tests.python.server.test_lsp_tree import run_in_terminal

EDITS = int(os.environ.get("RECALL_LIVE_EDITS", "60"))


class Client:
    """A session with one open document, and what the model says of it."""

    def __init__(self, session: Session, text: Text) -> None:
        self.session = session
        self.typist = Typist(text)
        self.version = 1
        self.failures = {
            node_id: self._failure(node_id) for node_id in session.records if "::" in node_id
        }
        self.known = set(functions_in(text.text) or ())
        chars = (each.chars for each in self.failures.values())
        self.typist.failing = frozenset().union(*chars)

    def _failure(self, node_id: str) -> Failure:
        record, text = self.session.records[node_id], self.typist.text
        assert record.location is not None
        line = record.location.range.start.line
        statement = text.lines()[line].strip()
        own = record.frames[-1].name in node_id
        found = Failure(node_id, statement, own, text.chars(line), text.bounds(line))
        found.others = text.beside(statement, found.chars)
        return found

    def faults(self, *, settled: bool) -> list[str]:
        """Return what is wrong with the marks that were told last."""
        marks = self.session.markers[self.session.uri(PATH)]
        new = set(functions_in(self.typist.text.text) or ()) - self.known
        oracle = Oracle(self.typist.text, self.failures)
        return oracle.faults(marks, self.version, settled=settled, new=new)

    def change(self, kind: str, numbers: tuple[int, int, int]) -> None:
        """Type something."""
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(
            uri=self.session.uri(PATH), version=self.version
        )
        changes = self.typist.type((kind, numbers))
        self.session.client.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=document, content_changes=changes)
        )


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", range(2))
async def test_marks_told_over_stdio_are_right_or_outdated_after_every_edit(
    project: Write, start: Start, seed: int
) -> None:
    base = BASES[0].replace("    x = 1\n", "    x = 1\n    assert x == 1\n")
    root = project({PATH: base})
    await run_in_terminal(root)
    session = await start(root)
    session.open(PATH)
    await session.until_marked(PATH, 1)
    client = Client(session, Text(base))
    assert len(client.failures) >= 4
    chance = random.Random(seed)  # noqa: S311 # edits are no secret

    for _ in range(EDITS):
        numbers = (chance.randint(0, 200), chance.randint(0, 200), chance.randint(0, 200))
        client.change(chance.choice(KINDS), numbers)
        await session.until_marked(PATH, client.version)
        assert client.faults(settled=False) == [], client.typist.text.text
        if chance.random() < 0.1:
            (root / PATH).write_bytes(client.typist.text.text.encode())
            session.client.text_document_did_save(
                types.DidSaveTextDocumentParams(
                    text_document=types.TextDocumentIdentifier(uri=session.uri(PATH))
                )
            )
    # Once nobody types, what was parsed is told.
    await session.until(lambda: not client.faults(settled=True))
