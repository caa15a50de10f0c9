"""A project of two files to import things into, and ways to do it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_recall import journal
from pytest_recall.journal import Event
from pytest_recall_server.imports.known import KnownTests
from pytest_recall_server.index.config import read_config
from pytest_recall_server.model.imported import Into
from pytest_recall_server.project.importing import Given, Imported, import_run

REPORTED = Path(__file__).parents[2] / "projects" / "reported"
REPORTS = REPORTED / "reports"
CART, PRICES = "tests/test_cart.py", "tests/test_prices.py"
FILES = {
    "pytest.ini": "[pytest]\ntestpaths = tests\n",
    CART: """\
import pytest

def test_total():
    total = 3
    assert total == 4

class TestDiscount:
    @pytest.mark.parametrize("pieces", [1, 2])
    def test_pieces(self, pieces):
        assert pieces == 0
""",
    PRICES: """\
import pytest, somewhere

@pytest.mark.parametrize("price", somewhere.prices())
def test_price(price):
    pass
""",
}


def lay_out(folder: Path, files: dict[str, str] = FILES) -> Path:
    """Write the project into *folder*."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def bring_in(
    project: Path, *sources: bytes | str | Path, into: Into = "look", name: str = "ci"
) -> Imported:
    """Import *sources*: bytes, texts, or paths of files."""
    given = [
        Given(name=each.name, path=str(each))
        if isinstance(each, Path)
        else Given(name=name, data=[each.encode() if isinstance(each, str) else each])
        for each in sources
    ]
    return import_run(read_config(str(project), {}), given, into)


def known(functions: Mapping[str, list[str] | None], remembered: Iterable[str] = ()) -> KnownTests:
    """Return tests that are known."""
    paths = {each.partition("::")[0] for each in functions}
    return KnownTests(functions, paths, remembered)


def events(project: Path) -> list[Event]:
    """Return the events of the only run."""
    (path,) = runs(project)
    return journal.read(path)


def runs(project: Path) -> list[Path]:
    """Return the journals."""
    return journal.journals(journal.runs_directory(project / ".pytest_cache"))


def told(project: Path) -> dict[str, Event]:
    """Return what the only run says of tests."""
    return {str(each["id"]): each for each in events(project) if each["event"] == "test"}


def last_failed(project: Path) -> list[str]:
    """Return what ``pytest --lf`` would run."""
    path = project / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return list(json.loads(path.read_text("utf-8"))) if path.exists() else []


def remember(project: Path, **keys: object) -> None:
    """Have pytest's cache hold *keys*: ``lastfailed``, ``nodeids``."""
    folder = project / ".pytest_cache" / "v" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in keys.items():
        (folder / name).write_text(json.dumps(value, indent=2), "utf-8")


def failed_case(classname: str, name: str, text: str = "assert 3 == 4", **more: str) -> str:
    """Return a failed test case of JUnit XML."""
    others = "".join(f' {key}="{value}"' for key, value in more.items())
    case = f'<testcase classname="{classname}" name="{name}"{others}>'
    return f'{case}<failure message="{text}">E   {text}</failure></testcase>'


def suite(*cases: str) -> str:
    """Return JUnit XML with test *cases*."""
    inside = "".join(cases)
    return (
        '<?xml version="1.0"?><testsuites><testsuite name="pytest"'
        f' timestamp="2026-11-20T10:00:00+00:00">{inside}</testsuite></testsuites>'
    )


def is_root() -> bool:
    """Tell whether nothing can be forbidden to this process."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
