"""A test sees the same, run by the script of pytest, by the launcher, and warm."""

from __future__ import annotations

import time

import pytest
from tests.python.server.conftest import Write
from tests.python.server.seen import FILES
from tests.python.server.warming import Ran, bench

QUIET = ("-p", "no:randomly", "-p", "no:rerunfailures")
"""Without another order in every run, and without a thread that opens sockets meanwhile."""

OF_THE_SCRIPT = frozenset({"names in main"})
"""What pip writes into the script differs from version to version."""


def compare(one: Ran, other: Ran, except_for: frozenset[str] = frozenset()) -> None:
    """Check that two runs have seen the same."""
    assert [where for where, _, _ in one.seen] == [where for where, _, _ in other.seen]
    for (where, before, _), (_, after, _) in zip(one.seen, other.seen, strict=True):
        for name in before.keys() - except_for:
            assert after[name] == before[name], f"{name} at {where}"
    assert other.status == one.status
    assert other.plain == one.plain


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("python", "args"),
    [("projects", ()), ("projects", ("-s",)), ("plugins", QUIET)],
)
async def test_a_run_is_the_same_plain_cold_and_warm(
    project: Write, python: str, args: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    root = project(FILES)
    async with bench(root, python, args) as runs:
        runs.plain()
        plain = runs.plain()
        cold = await runs.run("it is asked for")
        await runs.ready()
        waited = time.time()
        warm = await runs.run()

    assert "run is cold: it is asked for" in caplog.messages
    assert "run is warm" in caplog.messages
    compare(cold, warm)
    # Log records count from the start of the run.
    assert all(chance["logging"] >= waited for _, _, chance in warm.seen)
    compare(plain, cold, OF_THE_SCRIPT)
