"""Settings change while the server runs."""

from __future__ import annotations

import sys

from tests.python.server.support import Session

from pytest_recall_server.lsp import protocol


async def change(session: Session, **members: object) -> None:
    """Tell the server of other settings."""
    options = {"interpreter": {"path": sys.executable}, "args": [], "trusted": True}
    params = session.converter.structure({**options, **members}, protocol.SetInterpreterParams)
    await session.request(protocol.SET_INTERPRETER, params, type(None))
