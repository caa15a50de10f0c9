"""The environment in which tests start pytest and servers."""

from __future__ import annotations

import os

_OF_PYTEST = ("PYTEST", "PYTHON", "COV_", "TOX")
_OF_CI = {"CI", "BUILD_NUMBER"}
"""By these pytest knows CI, where it writes whole reasons."""


def clean_environment() -> dict[str, str]:
    """Return this environment without what the outer pytest and its plugins, or CI, put there."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_PYTEST) and name not in _OF_CI
    }
