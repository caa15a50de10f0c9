"""Marks of a document that is being edited are on the right lines, or say that they are not.

    RECALL_LIVE_SCRIPTS=5000 pytest tests/python/server/test_live_buffers.py

plays that many scripts of edits instead of a few hundred.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.python.server.livebench import LIFE, Bench
from tests.python.server.liveedits import BASES, Op, scripts

SCRIPTS = int(os.environ.get("RECALL_LIVE_SCRIPTS", "300"))
ENDS = ("\n", "\n", "\r\n", "\r")


def play(root: Path, text: str, script: list[Op]) -> list[str]:
    """Return what is wrong after any of the steps of *script*."""

    async def played() -> list[str]:
        bench = Bench(root, text)
        try:
            return await bench.play(script)
        finally:
            bench.project.editing.stop()
            bench.project._publishing.stop()

    (root / "pytest.ini").write_text("[pytest]\n")
    return asyncio.run(played())


@settings(
    max_examples=SCRIPTS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(BASES), st.sampled_from(ENDS), scripts(*LIFE, size=12))
def test_marks_are_on_the_lines_that_failed_or_outdated_whatever_is_edited(
    tmp_path: Path, base: str, end: str, script: list[Op]
) -> None:
    assert play(tmp_path, base.replace("\n", end), script) == []
