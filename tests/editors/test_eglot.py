"""The set-up of the docs in an Emacs with eglot, where one is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.editors.conftest import TESTS, RunEditor

SCRIPT = Path(__file__).with_name("eglot.el")
EMACS = ["emacs", "--batch", "--eval", "(package-activate-all)"]


def has_eglot() -> bool:
    """Tell whether there is an Emacs with eglot: a part of it since 29, a package before."""
    if shutil.which("emacs") is None:
        return False
    asked = [*EMACS, "--eval", "(require 'eglot)"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def test_emacs_shows_failures_and_reruns_them_until_they_are_gone(editor: RunEditor) -> None:
    if not has_eglot():
        pytest.skip("needs Emacs with eglot (emacs-nox and elpa-eglot), 110 MB")

    seen = editor([*EMACS, "-l", str(SCRIPT)], "eglot")

    # Emacs counts letters: the emoji is one.
    line = next(each for each in TESTS.splitlines() if "assert" in each)
    assert seen["diagnostics"] == [f"6-{len(line.strip())} pytest: AssertionError: prices"]
    assert seen["hover"].startswith("**failed** · less than a minute ago · ")
    assert seen["actions"] == ["Rerun test_total", "Forget that test_total failed"]
    shown = [each for each in seen["messages"] if "pytest: " in each]
    assert [each.rpartition(" in ")[0] for each in shown] == [
        "Server reports (type=2): pytest: 1 failed",
        "Server reports (type=3): pytest: 1 passed",
    ]
