"""The marks that parsing sees are those that pytest gives to tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.support import WATCHING, Session

from pytest_recall_server.lsp import protocol

FILE = """
import unittest

import pytest
from pytest import mark

pytestmark = [pytest.mark.shop, mark.filterwarnings("ignore")]
needs_network = pytest.mark.skipif(False, reason="offline")
if True:
    guard = mark.guarded


def test_plain(): pass


@pytest.mark.slow
@mark.django_db(transaction=True)
def test_decorated(): pass


@needs_network
def test_by_name(): pass


@pytest.mark.parametrize("n", [1, pytest.param(2, id="two")])
@pytest.mark.xfail(reason="not yet", strict=False)
def test_parameters(n): pass


@pytest.mark.base
class Base:
    pytestmark = pytest.mark.inside

    @pytest.mark.own
    def test_inherited(self): pass


@pytest.mark.derived
class TestDerived(Base):
    def test_more(self): pass

    class TestInner:
        @pytest.mark.usefixtures()
        def test_inner(self): pass


@pytest.mark.case
class Things(unittest.TestCase):
    @pytest.mark.own
    def test_case(self): pass


if True:
    @pytest.mark.conditional
    def test_conditional(): pass
""".lstrip()

_MARKS = """
import json
import pytest

class Marks:
    def pytest_collection_finish(self, session):
        marks = {item.nodeid: sorted({mark.name for mark in item.iter_markers()})
                 for item in session.items}
        print("MARKS" + json.dumps(marks))

pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider"], plugins=[Marks()])
"""


def marks_by_pytest(root: Path) -> dict[str, list[str]]:
    """Return the names of the marks of each test by its id, as pytest has them."""
    done = subprocess.run(
        [sys.executable, "-c", _MARKS],
        cwd=root,
        env={**clean_environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(each for each in done.stdout.splitlines() if each.startswith("MARKS"))
    found: dict[str, list[str]] = json.loads(line.removeprefix("MARKS"))
    return found


def told(session: Session) -> dict[str, list[str]]:
    """Return the names of the marks of each test that stands for itself."""
    nodes = [node for below in session.nodes.values() for node in below.values()]
    above = {node.parent for node in nodes}
    return {node.id: node.marks for node in nodes if node.id not in above}


@pytest.mark.asyncio
async def test_tests_have_the_marks_that_pytest_gives_them(project: Write, start: Start) -> None:
    root = project({"test_shop.py": FILE})
    expected = marks_by_pytest(root)
    assert len(expected) == 10

    session = await start(root)

    assert told(session) == expected
    everywhere = sorted({mark for marks in expected.values() for mark in marks})
    assert session.files["test_shop.py"].marks == everywhere


@pytest.mark.asyncio
async def test_marks_are_told_with_the_file_and_when_they_change(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": "import pytest\n\n\n@pytest.mark.slow\ndef test_a(): ...\n"})
    session = await start(root, capabilities=WATCHING, asks=False)
    assert session.files["test_a.py"].marks == ["slow"]
    assert session.nodes == {}

    session.open("test_a.py")
    session.edit("test_a.py", 2, (3, 13), (3, 17), "quick")

    await session.until(lambda: session.files["test_a.py"].marks == ["quick"])


SLEEPS = """
import time

import pytest


def test_quick(): ...


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_waits(seconds): time.sleep(seconds)
""".lstrip()


def slow(session: Session) -> list[str]:
    below = [node.id for nodes in session.nodes.values() for node in nodes.values() if node.slow]
    return [path for path, file in session.files.items() if file.slow] + below


@pytest.mark.asyncio
async def test_a_test_is_slow_when_its_last_run_took_as_long_as_the_client_says(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SLEEPS})
    session = await start(root)
    await session.run()
    assert slow(session) == []

    set_to = protocol.SetInterpreterParams(
        interpreter=protocol.Interpreter(path=sys.executable),
        args=[],
        trusted=True,
        slow_after=0.25,
    )
    await session.request(protocol.SET_INTERPRETER, set_to, type(None))

    function = "test_a.py::test_waits"
    await session.until(lambda: slow(session) == ["test_a.py", function, f"{function}[0.3]"])
