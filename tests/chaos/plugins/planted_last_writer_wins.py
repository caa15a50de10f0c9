"""A planted fault: a run merges into the failures as they were when it began, as pytest does."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_recall import merging
from pytest_recall.kept import Kept, read_failed

_begun: dict[str, Kept] = {}


def failed_then(cachedir: Path, environment: str = "") -> Kept:
    """Return what was known at the beginning."""
    return _begun.get("") or read_failed(cachedir, environment)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Note what is known now."""
    cache = config.cache
    assert cache is not None
    _begun[""] = read_failed(cache._cachedir)


vars(merging)["read_failed"] = failed_then
