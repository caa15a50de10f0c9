"""Selections of ids that are hard to spell, gone, or many."""

from __future__ import annotations

# ruff: noqa: S106 # a token names a run
import json

import pytest
from tests.python.server.conftest import Start, Write

STRANGE = [
    "a::b",
    "a[b]",
    "]",
    "[",
    "a::b[c::d]",
    "two\nlines",
    "quo'te\"s",
    "ünï-日本",
    "-x",
    "--lf",
    "a/b c",
    "back\\slash",
    "$HOME %s",
    "#",
    "@file",
    "long" * 2_500,
]
ODD = (
    "import pytest\n\nVALUES = {values}\n\n\n"
    "@pytest.mark.parametrize('value', VALUES, ids=VALUES)\ndef test_odd(value): ...\n\n\n"
    "class TestOdd:\n    @pytest.mark.parametrize('value', VALUES, ids=VALUES)\n"
    "    def test_odd(self, value): ...\n"
)
GOOD = "test_odd.py::test_good"


@pytest.mark.asyncio
async def test_tests_run_by_their_ids_however_these_are_spelled(
    project: Write, start: Start
) -> None:
    odd = ODD.format(values=json.dumps(STRANGE)) + "\n\ndef test_good(): ...\n"
    session = await start(
        project(
            {
                "test_odd.py": odd,
                "-dash/test_x.py": "def test_x(): ...\n",
                "sp [ace]/test_ü.py": "def test_x(): ...\n",
            }
        )
    )
    await session.run(token="all")
    ids = list(session.outcomes("all"))

    some = ids[::2]
    await session.run("ids", some, token="some")
    await session.run("ids", ids, exclude=some, token="others")

    assert len(ids) == 2 * len(STRANGE) + 3
    assert sorted(session.outcomes("some")) == sorted(some)
    assert sorted(session.outcomes("others")) == sorted(set(ids) - set(some))
    rows = {node_id for nodes in session.nodes.values() for node_id in nodes}
    assert rows >= set(ids)
    # They stand in a file, and not on the command line.
    assert all(len(run.command) < 1_000 for run in session.started)

    gone = {
        "a renamed test": ["test_odd.py::test_old"],
        "a parameter": ["test_odd.py::test_odd[gone]"],
        "a class": ["test_odd.py::TestGone", "test_odd.py::TestGone::test_x"],
        "a file": ["test_gone.py"],
        "a test of a file": ["test_gone.py::test_x"],
        "a folder": ["gone/folder"],
        "a long one": [f"test_odd.py::test_odd[{'gone' * 2_500}]"],
    }
    for name, stale in gone.items():
        result = await session.run("ids", [*stale, GOOD], token=name)
        assert (result.exit_status, result.problem) == (0, None)
        assert session.outcomes(name) == {GOOD: "passed"}
        assert "no longer exist" in session.output(name)
        assert stale[0][:80] in session.output(name)

    everything = [node_id for stale in gone.values() for node_id in stale]
    result = await session.run("ids", everything, token="nothing")
    assert (result.exit_status, result.problem, result.counts) == (5, None, {})
    assert f"recall: {len(everything)} selected tests no longer exist" in session.output("nothing")
