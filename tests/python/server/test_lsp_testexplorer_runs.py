"""rust-analyzer's test explorer: runs, and what is no right message."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import pytest
from lsprotocol import types
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.explorerclient import (
    BOTH,
    DRAWN,
    TREE,
    Explorer,
    Run,
    explore,
    shown,
    told_by_recall,
)
from tests.python.server.fuzzclient import INVALID_PARAMS, INVALID_REQUEST, Fuzzer
from tests.python.server.fuzzsamples import WRONG, broken
from tests.python.server.support import SERVER, write_files
from tests.python.server.test_lsp_runs import WAITING, until_file

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.testexplorer import messages

OUTCOMES = """\
import sys, unittest
import pytest


@pytest.fixture
def broken():
    raise RuntimeError("no set-up")


@pytest.fixture
def late():
    yield
    raise RuntimeError("no tear-down")


def test_good():
    print("not told")


def test_bad():
    print("printed")
    x = 3
    assert x == 4


def test_error(broken): ...


def test_late(late): ...


@pytest.mark.skip(reason="so")
def test_skipped(): ...


@pytest.mark.xfail
def test_expected():
    assert 0


@pytest.mark.xfail
def test_unexpected(): ...


@pytest.mark.parametrize("n", [1, 2])
def test_many(n):
    assert n == 1


class Case(unittest.TestCase):
    def test_unit(self):
        self.fail("so it is")
"""
GENERATED = """\
def pytest_generate_tests(metafunc):
    if "word" in metafunc.fixturenames:
        metafunc.parametrize("word", ["one", "two"])
"""


@pytest.mark.asyncio
async def test_a_run_tells_the_state_of_every_test_and_then_its_end(
    project: Write, start: Start
) -> None:
    files = {
        "test_some.py": OUTCOMES,
        "test_broken.py": "import nowhere\n\n\ndef test_never(): ...\n",
        # Parsing does not know these tests: they are told while they run.
        "sub/conftest.py": GENERATED,
        "sub/test_generated.py": "def test_word(word):\n    assert word == 'one'\n",
    }
    session, explorer = await explore(
        start, project(files), args=["--continue-on-collection-errors"]
    )
    assert not any("[one]" in each for each in shown(explorer))

    run = await explorer.run()

    tags = run.tags(session.root_uri)
    assert {known: tag for known, tag in tags.items() if tag != "enqueued"} == {
        "test_some.py::test_good": "passed",
        "test_some.py::test_bad": "failed",
        "test_some.py::test_error": "failed",
        "test_some.py::test_late": "failed",
        "test_some.py::test_skipped": "skipped",
        "test_some.py::test_expected": "skipped",
        "test_some.py::test_unexpected": "passed",
        "test_some.py::test_many[1]": "passed",
        "test_some.py::test_many[2]": "failed",
        "test_some.py::Case::test_unit": "failed",
        "test_broken.py": "failed",
        "sub/test_generated.py::test_word[one]": "passed",
        "sub/test_generated.py::test_word[two]": "failed",
    }
    assert shown(explorer) == told_by_recall(session)
    by_id = {known.partition("#")[2]: state for known, state in run.last().items()}
    assert _way(run, "test_word[two]") == ["started", "failed"]
    bad = by_id["test_some.py::test_bad"]
    message = (bad.message or "").splitlines()
    assert message[0] == "assert 3 == 4"
    assert "E       assert 3 == 4" in message
    assert message[-2:] == ["----- Captured stdout -----", "printed"]
    assert (bad.expected, bad.actual) == ("4", "3")
    assert bad.location is not None
    assert (bad.location.uri, bad.location.range.start.line) == (session.uri("test_some.py"), 22)
    first_lines = {
        known: (by_id[f"test_some.py::{known}"].message or "").splitlines()[0]
        for known in ("test_error", "test_late", "Case::test_unit")
    }
    assert first_lines == {
        "test_error": "error in set-up: RuntimeError: no set-up",
        "test_late": "error in tear-down: RuntimeError: no tear-down",
        "Case::test_unit": "AssertionError: so it is",
    }
    assert "nowhere" in (by_id["test_broken.py"].message or "")
    assert not any("\n" in line or "\r" in line for line in run.output)
    assert any("test session starts" in line for line in run.output)
    assert "4 failed" in run.output[-1]
    assert explorer.ends == 1

    again = await explorer.run([f"{session.root_uri}#sub"])
    assert _way(again, "test_word[two]") == ["enqueued", "started", "failed"]
    assert again.tags(session.root_uri).keys() == {
        "sub/test_generated.py::test_word[one]",
        "sub/test_generated.py::test_word[two]",
    }


def _way(run: Run, name: str) -> list[str]:
    return [state.tag for known, state in run.states if known.partition("::")[2] == name]


@pytest.mark.asyncio
async def test_what_is_included_runs_but_for_what_is_excluded(project: Write, start: Start) -> None:
    root = project(TREE)
    session, explorer = await explore(start, root)
    url = session.root_uri

    async def ran(include: Sequence[str] | None, exclude: Sequence[str] = ()) -> list[str]:
        run = await explorer.run(
            None if include is None else [f"{url}#{each}" if each else url for each in include],
            [f"{url}#{each}" for each in exclude],
        )
        tags = run.tags(url)
        assert set(tags.values()) <= {"passed"}
        return sorted(each.rpartition("::")[2] for each in tags)

    everything = ["test_a", "test_b", "test_deep", "test_many[1]", "test_many[2]", "test_u"]
    assert await ran(None) == everything
    assert await ran([""]) == everything
    assert await ran(["unit"], ["unit/test_unit.py::test_many"]) == ["test_deep", "test_u"]
    assert await ran(["test_top.py::TestX", "test_top.py::TestX::test_a"]) == ["test_a"]
    assert await ran([], []) == []
    assert explorer.ends == 5

    # Runs of others are none of the client's.
    await session.run("all")
    terminal = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "pytest_recall.plugin", "test_top.py"),
        cwd=root,
        stdout=asyncio.subprocess.DEVNULL,
        env={**clean_environment(), "PYTHONPATH": str(SERVER)},
    )
    await terminal.wait()
    await session.until(lambda: [each for each in session.ended if each.token is None])
    explorer.check()
    assert explorer.ends == 5


@pytest.mark.asyncio
async def test_a_run_that_is_aborted_or_overtaken_ends_once(project: Write, start: Start) -> None:
    root = project(
        {"test_some.py": WAITING.format(guard="pass"), "test_top.py": TREE["test_top.py"]}
    )
    session, explorer = await explore(start, root, capabilities=BOTH)
    explorer.abort()

    run = await explorer.begin()
    await until_file(root / "waiting")
    # Files come, change and go while it runs.
    (root / "test_top.py").unlink()
    write_files(root, {"test_new.py": "def test_new(): ...\n"})
    session.touched("test_top.py", "test_new.py")
    await explorer.shows(
        lambda: "test_new test" in explorer.tree.draw() and "test_top" not in explorer.tree.draw()
    )
    explorer.abort()
    explorer.abort()
    await explorer.ended()

    tags = run.tags(session.root_uri)
    assert tags["test_some.py::test_before"] == "failed"
    # A process that does not end when it is asked to is killed: the test has failed by that.
    assert tags["test_some.py::test_waiting"] in {"started", "failed"}
    assert explorer.ends == 1

    # A client that does not abort has its first run aborted by the second.
    (root / "waiting").unlink()
    await explorer.begin()
    await until_file(root / "waiting")
    others = [
        session.client.protocol.send_request(
            messages.RUN_TEST, {"include": [f"{session.root_uri}#test_new.py"]}
        )
        for _ in range(2)
    ]
    for sent in others:
        await asyncio.wait_for(asyncio.wrap_future(sent), 20)
    await session.until(lambda: explorer.ends == 4)
    # rust-analyzer's client would have waited.
    explorer.tree.faults.clear()
    run = await explorer.run([f"{session.root_uri}#test_new.py"])
    assert run.tags(session.root_uri) == {"test_new.py::test_new": "passed"}


@pytest.mark.asyncio
async def test_a_run_whose_process_dies_says_so_and_ends(project: Write, start: Start) -> None:
    text = "import os\n\n\ndef test_good(): ...\n\n\ndef test_dies():\n    os._exit(3)\n"
    session, explorer = await explore(start, project({"test_some.py": text}))

    run = await explorer.run()

    assert run.tags(session.root_uri) == {
        "test_some.py::test_good": "passed",
        "test_some.py::test_dies": "failed",
    }
    dies = run.last()[f"{session.root_uri}#test_some.py::test_dies"]
    assert (dies.message or "").startswith("did not finish: the run was killed")
    assert "ended before its run was over (exit status 3)" in run.output[-1]
    again = await explorer.run([f"{session.root_uri}#test_some.py::test_good"])
    assert again.tags(session.root_uri) == {"test_some.py::test_good": "passed"}


@pytest.mark.asyncio
async def test_what_cannot_run_is_refused_with_the_sentence_of_recall_run(
    project: Write, start: Start
) -> None:
    session, explorer = await explore(start, project(TREE), trusted=False)
    url = session.root_uri
    said = (await session.run("all")).problem
    assert said == "This workspace is not trusted: trust it to run its tests."

    with pytest.raises(Exception, match=said) as refused:
        await explorer.begin()
    assert getattr(refused.value, "code", None) == -32803
    await explorer.ended()
    with pytest.raises(Exception, match=r"There is no test 'file:///gone'"):
        await explorer.begin(["file:///gone#test_a.py"])
    await explorer.ended()
    assert explorer.ends == 2
    await explorer.unfold(f"{url}#test_gone.py::test_x")
    await explorer.unfold("nonsense")
    explorer.check()
    assert explorer.tree.draw() == DRAWN


@pytest.mark.asyncio
async def test_a_client_that_has_not_said_so_is_told_nothing(project: Write, start: Start) -> None:
    explorers: list[Explorer] = []
    session = await start(project(TREE), before=lambda made: explorers.append(Explorer(made)))

    await session.run("all")

    for method in messages.REQUESTS:
        sent = session.client.protocol.send_request(method, {})
        with pytest.raises(Exception, match=r"experimental\.testExplorer"):
            await asyncio.wait_for(asyncio.wrap_future(sent), 20)
    [explorer] = explorers
    explorer.abort()
    await session.request(protocol.STATUS, None, protocol.StatusResult)
    assert (explorer.groups, explorer.ends, explorer.tree.faults) == ([], 0, [])


@pytest.mark.asyncio
async def test_messages_with_anything_wrong_in_them_are_answered_and_survived(
    project: Write,
) -> None:
    fuzzer = Fuzzer(project({"test_a.py": "def test_good(): ...\n\n\ndef test_bad(): assert 0\n"}))
    await fuzzer.start()
    try:
        await fuzzer.initialize({"experimental": {"testExplorer": True}})
        for method in messages.NOTIFICATIONS:
            for wrong in WRONG:
                fuzzer.notify(method, wrong)
        swapped = [fuzzer.ask(method, {}) for method in messages.NOTIFICATIONS]
        for method in messages.REQUESTS:
            fuzzer.notify(method, {})
        discoveries = [fuzzer.ask(messages.DISCOVER_TEST, each) for each in broken({"testId": "x"})]
        some = {"include": ["x"], "exclude": ["x"]}
        runs = [fuzzer.ask(messages.RUN_TEST, each) for each in broken(some)]

        assert {await fuzzer.code(known) for known in swapped} == {INVALID_REQUEST}
        assert {await fuzzer.code(known) for known in discoveries} == {0, INVALID_PARAMS}
        codes = [await fuzzer.code(known) for known in runs]
        assert set(codes) == {0, INVALID_PARAMS, -32803}
        await fuzzer.is_well()
        ends = [note for note in fuzzer.notes if note["method"] == messages.END_RUN_TEST]
        # Each that was understood has begun a run of the client's.
        assert len(ends) == len(codes) - codes.count(INVALID_PARAMS)
        assert "params" not in ends[0]
    finally:
        await fuzzer.stop()


@pytest.mark.asyncio
async def test_a_run_that_was_asked_for_before_there_are_roots_does_not_outlive_the_server(
    project: Write,
) -> None:
    fuzzer = Fuzzer(project({"test_a.py": "def test_good(): ...\n"}))
    await fuzzer.start()
    try:
        capabilities = {"experimental": {"testExplorer": True}}
        params = {"processId": None, "rootUri": None, "capabilities": capabilities}
        await fuzzer.request(types.INITIALIZE, params)
        running = fuzzer.ask(messages.RUN_TEST, {})

        assert await fuzzer.request(types.SHUTDOWN, None) is None

        assert await fuzzer.code(running) == 0
        assert [note["method"] for note in fuzzer.notes] == [messages.END_RUN_TEST]
    finally:
        await fuzzer.stop()
