"""The set-up of the docs in a Neovim as it is installed."""

from __future__ import annotations

from pathlib import Path

from tests.editors.conftest import TESTS, RunEditor

SCRIPT = Path(__file__).with_name("neovim.lua")


def test_neovim_shows_failures_and_reruns_them_until_they_are_gone(editor: RunEditor) -> None:
    seen = editor(["nvim", "--headless", "--clean", "-c", f"luafile {SCRIPT}"], "neovim")

    # Neovim counts in bytes, and the protocol in units of UTF-16: the emoji has four, and two.
    line = next(each for each in TESTS.splitlines() if "assert" in each)
    assert seen["diagnostics"] == [f"5:4-{len(line.encode())} pytest: AssertionError: prices"]
    assert seen["lenses"] == ["3 Rerun (failed, since less than a minute)"]
    assert seen["lenses_after_run"] == ["3 Rerun (failed 2 runs, since less than a minute)"]
    assert seen["hover"].startswith("**failed** · less than a minute ago · ")
    assert "AssertionError: prices" in seen["hover"]
    assert seen["actions"] == ["Rerun test_total", "Forget that test_total failed"]
    first, second = seen["messages"]
    assert first.startswith("pytest: 1 failed in ")
    assert second.startswith("pytest: 1 passed in ")
    assert {"title": "pytest", "message": "1/1"} in seen["progress"]
    ended_with = [each["message"] for each in seen["progress"] if each.get("done")]
    assert ended_with == [each.removeprefix("pytest: ") for each in seen["messages"]]
