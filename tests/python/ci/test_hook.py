"""The hook of ``docs/ci.md``, called by a real ``git push``."""

from __future__ import annotations

import re

import pytest
from tests.documented import example
from tests.python.ci.conftest import BAD, GOOD, Repository


@pytest.fixture
def hooked(repository: Repository) -> Repository:
    """Return the repository with the hook."""
    hook = repository.folder / ".git/hooks/pre-push"
    hook.write_text(example("ci.md", "hook"))
    hook.chmod(0o755)
    return repository


def runs(output: str) -> list[str]:
    """Return how each run of pytest ended, by its last line."""
    return re.findall(r"^(\d+ .+) in \d+\.\d+s$", output, re.MULTILINE)


def test_a_push_is_refused_while_tests_fail(hooked: Repository) -> None:
    # Nothing is remembered yet: everything runs.
    refused = hooked.try_git("push", "origin", "main")
    assert refused.returncode != 0
    assert "FAILED tests/test_last.py::test_last" in refused.stdout
    assert len(runs(refused.stdout)) == 2
    assert hooked.try_git("ls-remote", "--exit-code", "origin", "main").returncode != 0

    # What failed is refused before anything else is run.
    refused = hooked.try_git("push", "origin", "main")
    assert refused.returncode != 0
    assert "FAILED tests/test_last.py::test_last" in refused.stdout
    assert len(runs(refused.stdout)) == 1

    hooked.commit({"tests/test_last.py": f"def test_last():\n{GOOD}"})
    accepted = hooked.try_git("push", "origin", "main")
    assert accepted.returncode == 0, accepted.stdout
    assert hooked.try_git("ls-remote", "--exit-code", "origin", "main").returncode == 0

    # A new test comes first, and is enough to refuse.
    hooked.commit({"tests/test_new.py": f"def test_new():\n{BAD}"})
    refused = hooked.try_git("push", "origin", "main")
    assert refused.returncode != 0
    assert runs(refused.stdout)[-1] == "1 failed"
