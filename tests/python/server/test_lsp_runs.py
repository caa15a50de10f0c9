"""Runs of the server, with the real launcher and the real pytest."""

from __future__ import annotations

# ruff: noqa: ASYNC240, S105, S107 # waits for files of the tests that it runs; a token names a run
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.python.server.conftest import Start, Write
from tests.python.server.support import PATIENCE, Session

from pytest_recall_server.lsp import protocol

SOME = """\
import pytest


def test_good():
    pass


def test_bad():
    x = 3
    assert x == 4


@pytest.mark.parametrize("n", [1, 2])
def test_many(n):
    assert n == 1
"""

# Tells that it waits, and its process ids, by files: then the test can act.
WAITING = """\
import os, pathlib, signal, subprocess, sys, time

here = pathlib.Path(__file__).parent


def test_before():
    assert 0, "known before"


def test_waiting():
    {guard}
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (here / "pids").write_text(f"{{os.getpid()}} {{child.pid}}")
    (here / "waiting").touch()
    while True:
        time.sleep(0.01)


def test_after():
    pass
"""


async def until_file(path: Path) -> None:
    """Wait until a test has made a file."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while not path.exists():
        assert loop.time() < end, f"{path} has not appeared"
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Tell whether a process is there and not only waits to be reaped."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def until_gone(pids: list[int], seconds: float) -> float:
    """Return how long it took until all processes were gone."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while any(map(is_running, pids)):
        assert loop.time() < begin + seconds, f"still there after {seconds} s"
        await asyncio.sleep(0.01)
    return loop.time() - begin


async def begin(
    session: Session,
    token: str = "run",
    kind: protocol.SelectionKind = "all",
    ids: Sequence[str] = (),
) -> tuple[str, asyncio.Future[object]]:
    """Start a run and return the id of the request and its answer."""
    params = session.converter.unstructure(session.run_params(kind, ids, token=token))
    answer = session.client.protocol.send_request(protocol.RUN, params, msg_id=f"id-{token}")
    limited = asyncio.wait_for(asyncio.wrap_future(answer), PATIENCE)
    return f"id-{token}", asyncio.ensure_future(limited)


def answered(session: Session, answer: object) -> protocol.RunResult:
    """Return the answer to a request to run."""
    return session.converter.structure(answer, protocol.RunResult)


def cancel(session: Session, request: str) -> None:
    """Cancel a request."""
    session.client.cancel_request(types.CancelParams(id=request))


@pytest.mark.asyncio
async def test_a_run_of_all_tests_tells_every_result(project: Write, start: Start) -> None:
    session = await start(project({"test_some.py": SOME}))

    result = await session.run()

    assert (result.exit_status, result.counts) == (1, {"passed": 2, "failed": 2})
    assert (result.cancelled, result.problem) == (False, None)
    assert session.outcomes() == {
        "test_some.py::test_good": "passed",
        "test_some.py::test_bad": "failed",
        "test_some.py::test_many[1]": "passed",
        "test_some.py::test_many[2]": "failed",
    }
    record = session.records["test_some.py::test_bad"]
    assert (record.message, record.expected, record.actual) == ("assert 3 == 4", "4", "3")
    assert record.location is not None
    assert record.location.range.start.line == 9
    assert "4 items" in session.output()
    assert "\x1b[" in session.output()
    assert session.draw().splitlines() == [
        "!test_some.py",
        "  test_good (3)",
        "  !test_bad (7)",
        "  !test_many (13)",
        "    [1] (13)",
        "    ![2] (13)",
    ]
    await session.until(lambda: session.summary and session.summary.running is None)
    assert session.summary is not None
    summary = session.summary
    assert (summary.failed, summary.new, summary.passed, summary.total) == (2, 0, 2, 4)


@pytest.mark.asyncio
async def test_what_was_selected_runs_and_nothing_else(project: Write, start: Start) -> None:
    root = project({"test_some.py": SOME, "sub/test_other.py": SOME})
    session = await start(root)

    await session.run("ids", ["test_some.py::test_many[2]", "sub"], ["sub/test_other.py::test_bad"])

    assert session.outcomes() == {
        "test_some.py::test_many[2]": "failed",
        "sub/test_other.py::test_good": "passed",
        "sub/test_other.py::test_many[1]": "passed",
        "sub/test_other.py::test_many[2]": "failed",
    }


@pytest.mark.asyncio
async def test_rerunning_the_failures_runs_exactly_those_in_the_cache(
    project: Write, start: Start
) -> None:
    root = project({"test_some.py": SOME, "sub/test_other.py": SOME, "unusual.py": SOME})
    failed = ["test_some.py::test_bad", "sub/test_other.py::test_many[2]", "unusual.py::test_bad"]
    gone = ["test_some.py::test_gone", "nowhere.py::test_x"]
    path = root / ".pytest_cache/v/cache/lastfailed"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(dict.fromkeys(failed + gone, True)))
    session = await start(root)

    await session.run("lastFailed")

    assert session.outcomes() == dict.fromkeys(failed, "failed")
    assert set(json.loads(path.read_text())) == set(failed)


@pytest.mark.asyncio
async def test_rerunning_no_failures_runs_nothing(project: Write, start: Start) -> None:
    session = await start(project({"test_some.py": "def test_good(): pass\n"}))

    result = await session.run("lastFailed")

    assert (result.exit_status, result.counts, result.problem) == (0, {}, None)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "guard",
    ["pass", "signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN)"],
    ids=["polite", "deaf"],
)
async def test_a_cancelled_run_is_gone_within_two_seconds(
    project: Write, start: Start, guard: str
) -> None:
    root = project({"test_some.py": WAITING.format(guard=guard)})
    session = await start(root)
    request, answer = await begin(session)
    await until_file(root / "waiting")
    pids = [int(word) for word in (root / "pids").read_text().split()]

    cancel(session, request)

    assert await until_gone(pids, 2.5) < 2.2
    result = answered(session, await answer)
    assert (result.cancelled, result.exit_status, result.counts) == (True, None, {"failed": 1})
    assert session.ended[-1].cancelled
    assert session.records["test_some.py::test_before"].message == "AssertionError: known before"
    stored = json.loads((root / ".pytest_cache/v/cache/lastfailed").read_text())
    assert "test_some.py::test_before" in stored
    await session.until(lambda: session.summary and session.summary.running is None)


@pytest.mark.asyncio
async def test_runs_wait_for_each_other_and_a_waiting_rerun_is_replaced(
    project: Write, start: Start
) -> None:
    root = project({"test_some.py": WAITING.format(guard="pass")})
    session = await start(root)
    request, first = await begin(session, "first")
    await until_file(root / "waiting")

    _, early = await begin(session, "early", "lastFailed")
    status = await session.request(protocol.STATUS, None, protocol.StatusResult)
    _, late = await begin(session, "late", "ids", ["test_some.py::test_after"])
    _, later = await begin(session, "later", "lastFailed")
    assert answered(session, await early).cancelled
    assert status.roots[0].runs == ["first", "early"]
    assert [run.token for run in session.started] == ["first"]
    cancel(session, request)
    await first

    assert answered(session, await first).cancelled
    assert answered(session, await late).counts == {"passed": 1}
    assert answered(session, await later).counts == {"failed": 1}
    assert [run.token for run in session.started] == ["first", "late", "later"]


@pytest.mark.asyncio
async def test_a_run_that_waits_can_be_cancelled(project: Write, start: Start) -> None:
    root = project({"test_some.py": WAITING.format(guard="pass")})
    session = await start(root)
    request, first = await begin(session, "first")
    await until_file(root / "waiting")
    second_request, second = await begin(session, "second")

    cancel(session, second_request)

    assert answered(session, await second).cancelled
    assert not any(run.token == "second" for run in session.started)
    cancel(session, request)
    await first


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["killed", "closed", "shut down"])
async def test_no_run_outlives_the_server(project: Write, start: Start, way: str) -> None:
    root = project({"test_some.py": WAITING.format(guard="signal.signal(2, signal.SIG_IGN)")})
    session = await start(root)
    _, answer = await begin(session)
    await until_file(root / "waiting")
    pids = [int(word) for word in (root / "pids").read_text().split()]
    server = session.client._server
    assert server is not None
    assert server.stdin is not None

    if way == "killed":
        os.kill(server.pid, signal.SIGKILL)
    elif way == "closed":
        server.stdin.close()
    else:
        await session.client.shutdown_async(None)

    await until_gone(pids, 4.0)
    with contextlib.suppress(RuntimeError, JsonRpcException):
        # Where the server is gone, the answer is that.
        await answer
    again = await start(root)
    assert again.draw().splitlines() == [
        "!~test_some.py",
        "  !test_before (5)",
        "  ~test_waiting (9)",
        "  ~test_after (18)",
    ]
    assert again.records["test_some.py::test_before"].message == "AssertionError: known before"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trusted": False}, "not trusted"),
        ({"interpreter": None, "problem": "Nothing found."}, "Nothing found."),
        ({"interpreter": "/nowhere/python"}, "/nowhere/python does not exist"),
        ({"interpreter": __file__}, "cannot be executed"),
        ({"args": ["--no-such-option"]}, "unrecognized arguments: --no-such-option"),
    ],
)
async def test_a_run_that_cannot_be_says_why(
    project: Write, start: Start, options: dict[str, object], words: str
) -> None:
    session = await start(project({"test_some.py": SOME}), **options)  # type: ignore[arg-type] # a table

    result = await session.run()

    assert result.problem is not None
    assert words in result.problem
    assert (result.run, result.counts) == (None, {})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("is_old", "words"),
    [
        (False, "has no pytest: install it with"),
        (True, "install pytest 8.0 or newer"),
    ],
)
async def test_a_python_without_a_fitting_pytest_says_what_to_do(
    project: Write, start: Start, tmp_path: Path, is_old: bool, words: str
) -> None:
    bin_folder = tmp_path / "venv/bin"
    bin_folder.mkdir(parents=True)
    python = bin_folder / "python"
    real = Path(sys.executable).resolve()
    python.symlink_to(real)
    (tmp_path / "venv/pyvenv.cfg").write_text(
        f"home = {real.parent}\ninclude-system-site-packages = false\n"
    )
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = tmp_path / "venv/lib" / version / "site-packages"
    packages.mkdir(parents=True)
    if is_old:
        # The pytest at hand, pretending to be an old one.
        (packages / "real.pth").write_text(str(Path(pytest.__file__).parents[1]))
        (packages / "sitecustomize.py").write_text(
            "import pytest\npytest.__version__ = '7.4.4'\npytest.version_tuple = (7, 4, 4)\n"
        )
    session = await start(project({"test_some.py": SOME}), interpreter=str(python))

    result = await session.run()

    assert result.problem is not None
    assert words in result.problem


@pytest.mark.asyncio
async def test_a_changed_interpreter_holds_from_the_next_run_on(
    project: Write, start: Start
) -> None:
    session = await start(project({"test_some.py": SOME}), interpreter="/nowhere/python")

    params = protocol.SetInterpreterParams(
        interpreter=protocol.Interpreter(path=sys.executable), args=["-k", "good"], trusted=True
    )
    await session.request(protocol.SET_INTERPRETER, params, type(None))

    assert (await session.run()).counts == {"passed": 1}


@pytest.mark.asyncio
async def test_pytest_gets_the_environment_of_the_server(project: Write, start: Start) -> None:
    root = project(
        {
            "test_some.py": "import os\n\n\ndef test_env():\n"
            "    assert os.environ['A_WORD'] == 'x'\n"
            "    assert os.getcwd() == os.path.dirname(__file__)\n"
        }
    )
    session = await start(root, environment={"A_WORD": "x"})

    assert (await session.run()).counts == {"passed": 1}


@pytest.mark.asyncio
async def test_output_that_is_no_utf_8_comes_through(project: Write, start: Start) -> None:
    root = project(
        {
            "test_some.py": "import os\n\n\ndef test_raw():\n"
            "    os.write(2, b'a\\xff\\xe2\\x82\\xacz')\n"
        }
    )
    session = await start(root, args=["-s"])

    await session.run()

    assert "a\ufffd€z" in session.output()


@pytest.mark.asyncio
async def test_a_collection_error_is_told_and_remembered(project: Write, start: Start) -> None:
    root = project({"test_good.py": SOME, "test_broken.py": "import nowhere_at_all\n"})
    session = await start(root)

    result = await session.run()

    assert result.exit_status == 2
    errors = [
        event for told in session.events for event in told.events if event.kind == "collectionError"
    ]
    assert [event.id for event in errors] == ["test_broken.py"]
    message = "ModuleNotFoundError: No module named 'nowhere_at_all'"
    assert errors[0].record is not None
    assert errors[0].record.message == message
    error = session.files["test_broken.py"].error
    assert error is not None
    assert (error.message, error.location.range.start.line) == (message, 0)
    again = await start(root)
    assert again.files["test_broken.py"].error == error
