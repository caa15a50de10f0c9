"""What becomes of a test whose parts do not agree, all the way from pytest to the client."""

from __future__ import annotations

# ruff: noqa: S106, S107 # a token names a run
import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import REPOSITORY, Session

from pytest_recall_server.lsp import protocol

PLUGINS = str(REPOSITORY / ".venv" / "plugins" / "bin" / "python")

MATRIX = """\
import os
import sys
import unittest

import pytest


@pytest.fixture
def bad_end():
    yield
    print("closing")
    raise RuntimeError("end")


@pytest.fixture
def bad_start():
    raise RuntimeError("start")


@pytest.fixture
def skipping():
    pytest.skip("no service")


@pytest.fixture
def skipping_end():
    yield
    pytest.skip("nothing to close")


def test_teardown(bad_end):
    print("told before")


def test_setup(bad_start):
    pass


def test_call_and_teardown(bad_end):
    assert 1 == 2


def test_subtest_before(subtests):
    with subtests.test("first"):
        assert 1 == 2
    with subtests.test("second"):
        pass


def test_subtest_after(subtests):
    with subtests.test("first"):
        pass
    with subtests.test("second"):
        assert 1 == 2
    with subtests.test(n=3):
        raise KeyError("coin")


class TestUnit(unittest.TestCase):
    def test_before(self):
        with self.subTest(n=1):
            self.assertEqual(1, 2)
        with self.subTest(n=2):
            pass

    def test_after(self):
        with self.subTest(n=1):
            pass
        with self.subTest(n=2):
            self.assertEqual(1, 2)

    @unittest.expectedFailure
    def test_unexpected(self):
        pass


class TestClass:
    @pytest.fixture(scope="class", autouse=True)
    def shared(self):
        yield
        raise RuntimeError("class")

    def test_one(self):
        pass

    def test_two(self):
        pass


@pytest.mark.skipif(False, reason="never")
def test_skipif():
    print("out", flush=True)
    print("err", file=sys.stderr)
    assert "a" == "b"


@pytest.mark.skipif(True, reason="always")
def test_skipped():
    pass


def test_skip_in_setup(skipping):
    pass


def test_skip_in_call():
    pytest.skip("in call")


def test_skip_in_teardown(skipping_end):
    pass


def test_failed_and_skipped(skipping_end):
    assert 0


@pytest.mark.xfail(strict=True, reason="known")
def test_strict():
    pass


@pytest.mark.xfail
def test_xpassed():
    pass


@pytest.mark.xfail(reason="known")
def test_xfailed():
    assert 0


@pytest.mark.xfail(raises=ValueError)
def test_xfail_of_another_kind():
    raise KeyError("coin")


def test_exits():
    raise SystemExit(3)


def test_good():
    print("all is well")
"""
LATER = {
    "test_module_end.py": "import pytest\n\n\n@pytest.fixture(scope='module', autouse=True)\n"
    "def shared():\n    yield\n    raise RuntimeError('module')\n\n\n"
    "def test_one(): ...\n\n\ndef test_two(): ...\n",
    "test_module_skipped.py": "import pytest\n\npytest.skip('not here', allow_module_level=True)\n"
    "\n\ndef test_never(): ...\n",
    "test_z_session_end.py": "import pytest\n\n\n@pytest.fixture(scope='session')\n"
    "def shared():\n    yield\n    raise RuntimeError('session')\n\n\n"
    "def test_one(shared): ...\n\n\ndef test_two(): ...\n",
}

EXPECTED = {
    "TestClass::test_one": "passed",
    "TestClass::test_two": "error teardown 81: RuntimeError: class",
    "TestUnit::test_after": "failed call 70: AssertionError: 1 != 2",
    "TestUnit::test_before": "failed call 62: AssertionError: 1 != 2",
    "TestUnit::test_unexpected": "failed call: Failed: Unexpected success",
    "test_call_and_teardown": "failed call 40: assert 1 == 2"
    " + error in teardown 12: RuntimeError: end",
    "test_exits": "failed call 139: SystemExit: 3",
    "test_failed_and_skipped": "failed call 115: assert 0",
    "test_good": "passed",
    "test_setup": "error setup 17: RuntimeError: start",
    "test_skip_in_call": "skipped: in call",
    "test_skip_in_setup": "skipped: no service",
    "test_skip_in_teardown": "passed",
    "test_skipif": "failed call 94: AssertionError: assert 'a' == 'b'",
    "test_skipped": "skipped: always",
    "test_strict": "failed call 118: [XPASS(strict)] known",
    "test_subtest_after": "failed call 54: assert 1 == 2 + subtest (n=3) 56: KeyError: 'coin'",
    "test_subtest_before": "failed call 45: assert 1 == 2",
    "test_teardown": "error teardown 12: RuntimeError: end",
    "test_xfail_of_another_kind": "failed call 135: KeyError: 'coin'",
    "test_xfailed": "xfailed: known",
    "test_xpassed": "xpassed",
}
"""Name → outcome, phase and line (1-based) of what decides, its message, and what else failed."""


def told(record: protocol.Record) -> str:
    """Draw a record on one line."""
    words = [record.outcome, record.phase, _line(record.location, record.id)]
    text = " ".join(word for word in words if word)
    others = [
        f" + {_kind(other)} {_line(other.location, record.id)}: {other.message}"
        for other in record.others
    ]
    return f"{text}: {record.message}{''.join(others)}" if record.message else text


def _kind(other: protocol.OtherFailure) -> str:
    return f"error in {other.phase}" if other.subtest is None else f"subtest {other.subtest}"


def _line(location: protocol.Location | None, node_id: str) -> str:
    path = node_id.partition("::")[0]
    is_own = location is not None and location.uri.endswith(path)
    return str(location.range.start.line + 1) if location is not None and is_own else ""


def drawn(session: Session, token: str = "run") -> dict[str, str]:
    """Return what a run told of its tests last, by id."""
    return {
        event.record.id: told(event.record)
        for events in session.events
        if events.token == token
        for event in events.events
        if event.record is not None
    }


@pytest.mark.asyncio
@pytest.mark.parametrize("args", [[], ["-n2", "--dist", "loadfile"]], ids=["alone", "workers"])
async def test_each_part_of_a_test_has_its_say(
    project: Write, start: Start, args: list[str]
) -> None:
    root = project({"test_matrix.py": MATRIX, **LATER})
    session = await start(root, args=args)

    await session.run()

    seen = drawn(session)
    matrix = {
        node_id.removeprefix("test_matrix.py::"): text
        for node_id, text in seen.items()
        if node_id.startswith("test_matrix.py")
    }
    if args:
        # With xdist pytest sends the values of a subtest as texts.
        matrix["test_subtest_after"] = matrix["test_subtest_after"].replace("n='3'", "n=3")
    assert matrix == EXPECTED
    assert seen["test_module_end.py::test_one"] == "passed"
    assert seen["test_module_end.py::test_two"] == "error teardown 7: RuntimeError: module"
    assert seen["test_module_skipped.py"] == "skipped: not here"
    assert seen["test_z_session_end.py::test_two"].startswith("error teardown")
    failing = {node_id for node_id, text in seen.items() if text.startswith(("failed", "error"))}
    assert session.summary is not None
    assert session.summary.failed == len(failing)
    # A client that comes later is told the same.
    again = await start(root)
    remembered = {node_id: told(record) for node_id, record in again.records.items()}
    assert remembered == {node_id: seen[node_id] for node_id in failing}


@pytest.mark.asyncio
async def test_what_a_test_printed_comes_with_its_result(project: Write, start: Start) -> None:
    session = await start(
        project({"test_matrix.py": MATRIX}), options={"outputOfPassedTests": True}
    )

    await session.run()

    record = session.records["test_matrix.py::test_skipif"]
    assert (record.stdout, record.stderr) == ("out\n", "err\n")
    assert (record.expected, record.actual) == ("b", "a")
    assert record.duration is not None
    assert session.records["test_matrix.py::test_good"].stdout == "all is well\n"
    # The output of all phases, in order.
    assert session.records["test_matrix.py::test_teardown"].stdout == "told before\nclosing\n"
    params = protocol.SetInterpreterParams(
        interpreter=protocol.Interpreter(path=PLUGINS), args=["-p", "no:randomly"], trusted=True
    )
    await session.request(protocol.SET_INTERPRETER, params, type(None))
    await session.run("ids", ["test_matrix.py::test_good", "test_matrix.py::test_skipif"])
    later = [session.records[f"test_matrix.py::test_{name}"] for name in ("good", "skipif")]
    assert [record.stdout for record in later] == [None, "out\n"]


RERUN = """\
import pathlib

import pytest


@pytest.fixture
def bad_end():
    yield
    raise RuntimeError("end")


@pytest.mark.flaky(reruns=2)
def test_third_time(tmp_path_factory):
    count = pathlib.Path(__file__).with_suffix(".count")
    count.write_text(count.read_text() + "x" if count.exists() else "x")
    assert len(count.read_text()) == 3


@pytest.mark.flaky(reruns=1)
def test_never():
    assert 0


@pytest.mark.flaky(reruns=1)
def test_never_ends_well(bad_end):
    pass
"""


@pytest.mark.asyncio
async def test_of_reruns_the_last_counts(project: Write, start: Start) -> None:
    session = await start(
        project({"test_a.py": RERUN}), interpreter=PLUGINS, args=["-p", "no:randomly"]
    )

    result = await session.run()

    assert drawn(session) == {
        "test_a.py::test_third_time": "passed",
        "test_a.py::test_never": "failed call 21: assert 0",
        "test_a.py::test_never_ends_well": "error teardown 9: RuntimeError: end",
    }
    assert result.counts == {"passed": 1, "failed": 1, "error": 1}


EACH = """\
import os


def test_first(): assert os.environ["PYTEST_XDIST_WORKER"] == "gw0"


def test_second(): assert os.environ["PYTEST_XDIST_WORKER"] == "gw1"


def test_good(): ...
"""
TWICE = """\
import os

from _pytest.runner import runtestprotocol


def pytest_runtest_protocol(item, nextitem):
    for name in ("gw0", "gw1"):
        os.environ["PYTEST_XDIST_WORKER"] = name
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        runtestprotocol(item, nextitem=item if name == "gw0" else nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        item._initrequest()
    return True
"""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("files", "args"),
    [
        ({}, ["-n2", "--dist", "each"]),
        ({"conftest.py": TWICE}, []),
    ],
    ids=["each worker", "a plugin"],
)
async def test_a_test_that_ends_twice_has_failed_if_it_did_so_once(
    project: Write, start: Start, files: dict[str, str], args: list[str]
) -> None:
    session = await start(project({"test_a.py": EACH, **files}), args=args)

    result = await session.run()

    first, second = (drawn(session)[f"test_a.py::test_{name}"] for name in ("first", "second"))
    assert first.startswith("failed call 4: AssertionError: assert 'gw1' == 'gw0'")
    assert second.startswith("failed call 7: AssertionError: assert 'gw0' == 'gw1'")
    assert result.counts == {"failed": 2, "passed": 1}
    assert session.draw() == "!test_a.py\n  !test_first (3)\n  !test_second (6)\n  test_good (9)"


@pytest.mark.asyncio
async def test_a_group_is_no_part_of_an_id(project: Write, start: Start) -> None:
    grouped = (
        "import pytest\n\n\n@pytest.mark.xdist_group('one')\n"
        "@pytest.mark.parametrize('name', ['a@b', 'c'])\ndef test_x(name): assert name == 'c'\n"
    )
    session = await start(project({"test_a.py": grouped}), args=["-n2", "--dist", "loadgroup"])

    await session.run()
    await session.run("lastFailed", token="again")

    assert session.outcomes() == {
        "test_a.py::test_x[a@b]": "failed",
        "test_a.py::test_x[c]": "passed",
    }
    assert session.outcomes("again") == {"test_a.py::test_x[a@b]": "failed"}
