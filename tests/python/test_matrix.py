"""What `docs/releasing.md` calls supported is what the packages ask for and the tests try."""

from __future__ import annotations

import json
import re

from tests.python.cli import test_pythons
from tests.python.plugin.conftest import VERSIONS
from tests.python.plugin.support import ROOT

import pytest_recall
import pytest_recall_server

PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
MANIFEST = json.loads((ROOT / "package.json").read_text("utf-8"))
LOCK = json.loads((ROOT / "package-lock.json").read_text("utf-8"))


def row(what: str) -> tuple[str, str]:
    """Return what the table says is supported of *what*, and what is tried."""
    text = (ROOT / "docs" / "releasing.md").read_text("utf-8")
    found = re.search(rf"^\| {what} \| (.*?) \| (.*?) \|", text, re.MULTILINE)
    assert found, what
    return found[1], found[2]


def test_pytest() -> None:
    supported, tried = row("pytest")

    oldest, newest = supported.split(" to ")
    assert f'"pytest>={oldest},<{int(newest.removesuffix(".x")) + 1}"' in PYPROJECT
    assert re.findall(r"\d+\.\d+\.\d+", tried)[: len(VERSIONS)] == list(VERSIONS)


def test_python() -> None:
    supported, _ = row("Python")

    oldest, newest = supported.split(" to ")
    minors = range(int(oldest.split(".")[1]), int(newest.split(".")[1]) + 1)
    versions = [f"3.{minor}" for minor in minors]
    assert f'requires-python = ">={oldest}"' in PYPROJECT
    assert re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PYPROJECT) == versions
    assert list(test_pythons.SUPPORTED) == versions


def test_vscode() -> None:
    supported, tried = row("VS Code")

    oldest = f"{supported.removesuffix(' or newer')}.0"
    assert MANIFEST["engines"]["vscode"] == f"^{oldest}"
    assert MANIFEST["devDependencies"]["@types/vscode"] == oldest
    script = (ROOT / "extension/scripts/vscode.mjs").read_text("utf-8")
    carried = re.search(r"carries VS Code (\d+\.\d+\.\d+)", script)
    assert carried
    assert tried.startswith(f"end to end in {carried[1]};")
    assert oldest in tried


def test_all_packages_are_of_one_version() -> None:
    version = pytest_recall.__version__

    assert pytest_recall_server.__version__ == version
    assert f'\nversion = "{version}"\n' in PYPROJECT
    assert MANIFEST["version"] == LOCK["version"] == LOCK["packages"][""]["version"] == version
