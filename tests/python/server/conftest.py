from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from lsprotocol import types

# Helpers are imported by their whole name, so that no other module can be meant.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.python.server.support import Session, write_files  # needs the path

Write = Callable[[dict[str, str]], Path]


class Start(Protocol):
    """Starts a server for a root."""

    def __call__(
        self,
        root: Path,
        *,
        interpreter: str | None = ...,
        args: list[str] = ...,
        trusted: bool = ...,
        problem: str | None = ...,
        folders: list[Path] = ...,
        capabilities: types.ClientCapabilities | None = ...,
        environment: dict[str, str] | None = ...,
        asks: bool = ...,
        options: dict[str, object] | None = ...,
        warm: bool = ...,
        before: Callable[[Session], object] = ...,
    ) -> Awaitable[Session]: ...


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Return a factory of small projects, which have a rootdir of their own."""

    def write(files: dict[str, str]) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        if not any(name.endswith((".ini", ".toml", ".cfg")) for name in files):
            files = {"pytest.ini": "[pytest]\n", **files}
        return write_files(root, files)

    return write


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    """Return a factory of sessions; all of them end with the test."""
    sessions: list[Session] = []

    async def begin(root: Path, **options: object) -> Session:
        session = Session()
        sessions.append(session)
        await session.start(root, **options)  # type: ignore[arg-type] # checked by `Start`
        return session

    yield begin
    for session in sessions:
        await session.stop()
