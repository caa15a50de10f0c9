"""The set-up of the docs in a Neovim as it is installed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.editors.conftest import TESTS, Documented

SCRIPT = Path(__file__).with_name("neovim.lua")
# It waits for each thing by itself, and says for which in vain.
PATIENCE = 300


def test_neovim_shows_failures_and_reruns_them_until_they_are_gone(
    project: Path,
    environment: dict[str, str],
    documented: Documented,
    tmp_path: Path,
    until_server_is_gone: Callable[[], None],
) -> None:
    config, result = tmp_path / "pytest-recall.lua", tmp_path / "seen.json"
    config.write_text(documented("neovim"))

    ended = subprocess.run(
        ["nvim", "--headless", "--clean", "-c", f"luafile {SCRIPT}"],
        cwd=project,
        env={**environment, "CONFIG": str(config), "SEEN": str(result)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    log = tmp_path / "log"
    assert result.exists(), (ended, log.read_text() if log.exists() else "no log")
    seen = json.loads(result.read_text("utf-8"))
    assert "problem" not in seen, (seen["problem"], ended, log.read_text())
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
    until_server_is_gone()
