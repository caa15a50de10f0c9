"""A plugin of the runs under test: write a big value of `config.cache` again and again.

Each generation's ids all carry its number, so that a mixture of two shows. `CHAOS_COUNT` ids are
written `CHAOS_TIMES` times; a line on stdout says that the first has been.
"""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Write."""
    count, times = int(os.environ["CHAOS_COUNT"]), int(os.environ["CHAOS_TIMES"])
    cache = config.cache
    assert cache is not None
    values = [
        {f"pkg/test_{i % 500:03}.py::test_{i:06}[{g}]": True for i in range(count)} for g in (0, 1)
    ]
    for generation in range(times):
        cache.set("cache/lastfailed", values[generation % 2])
        if generation == 0:
            os.write(1, b"writing\n")
    pytest.exit("written", returncode=0)
