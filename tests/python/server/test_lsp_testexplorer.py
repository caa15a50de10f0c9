"""rust-analyzer's test explorer messages, taken by what its clients do with them."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.explorerclient import ANNOUNCED, Explorer, Run
from tests.python.server.fuzzclient import INVALID_PARAMS, INVALID_REQUEST, Fuzzer
from tests.python.server.fuzzsamples import WRONG, broken
from tests.python.server.support import (
    SERVER,
    WATCHING,
    Session,
    clean_environment,
    write_files,
)
from tests.python.server.test_lsp_runs import WAITING, until_file

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.testexplorer import messages
from pytest_recall_server.lsp.testexplorer.items import EAGER
from pytest_recall_server.lsp.uris import uri_of

BOTH = types.ClientCapabilities(workspace=WATCHING.workspace, experimental={"testExplorer": True})
TREE = {
    "test_top.py": "class TestX:\n    def test_a(self): ...\n\n\ndef test_b(): ...\n",
    "unit/test_unit.py": (
        "import pytest, unittest\n\n\n"
        "class Case(unittest.TestCase):\n    def test_u(self): ...\n\n\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_many(n): ...\n"
    ),
    "unit/deep/test_deep.py": "def test_deep(): ...\n",
}
DRAWN = """\
> project package
  > test_top.py module
    TestX module (0)
      test_a test (1)
    test_b test (4)
  > unit package
    > deep package
      > test_deep.py module
        test_deep test (0)
    > test_unit.py module
      Case module (3)
        test_u test (4)
      > test_many test (8)
        [1] test (8)
        [2] test (8)"""


async def explore(start: Start, root: Path, **options: object) -> tuple[Session, Explorer]:
    """Start a server for a client that has a test explorer, and open that."""
    options.setdefault("capabilities", ANNOUNCED)
    explorers: list[Explorer] = []
    session = await start(root, before=lambda made: explorers.append(Explorer(made)), **options)  # type: ignore[arg-type] # as the test says
    [explorer] = explorers
    await explorer.open()
    explorer.check()
    return session, explorer


def told_by_recall(session: Session, *roots: Path) -> set[str]:
    """Return the ids of all items that ``recall/tests`` tells of."""
    found = set()
    for root in map(uri_of, map(str, roots or (session.root,))):
        found.add(root)
        for path in session.trees[root]:
            parts = path.split("/")
            found.update(f"{root}#{'/'.join(parts[:end])}" for end in range(1, len(parts) + 1))
            found.update(f"{root}#{node_id}" for node_id in session.nodes.get(path, {}))
    return found


def shown(explorer: Explorer) -> set[str]:
    """Return the ids of all rows."""
    return {row.item.id for row in explorer.tree.rows()}


# Tests.


@pytest.mark.asyncio
async def test_a_client_that_opens_its_view_has_the_same_tree_as_recall_tells(
    project: Write, start: Start
) -> None:
    session, explorer = await explore(start, project(TREE))

    assert explorer.tree.draw() == DRAWN
    assert shown(explorer) == told_by_recall(session)
    row = next(row for row in explorer.tree.rows() if row.item.label == "test_deep")
    assert row.item == messages.TestItem(
        id=f"{session.root_uri}#unit/deep/test_deep.py::test_deep",
        label="test_deep",
        kind="test",
        can_resolve_children=False,
        parent=f"{session.root_uri}#unit/deep/test_deep.py",
        text_document=messages.TextDocument(uri=session.uri("unit/deep/test_deep.py")),
        range=session.nodes["unit/deep/test_deep.py"]["unit/deep/test_deep.py::test_deep"].range,
    )


@pytest.mark.asyncio
async def test_the_tree_follows_files_and_folders_that_come_change_and_go(
    project: Write, start: Start
) -> None:
    root = project(TREE)
    session, explorer = await explore(start, root, capabilities=BOTH)

    async def follows(*changed: str, until: str | None = None, gone: str | None = None) -> None:
        session.touched(*changed)
        drawn = explorer.tree.draw
        await explorer.shows(
            lambda: (until is None or until in drawn()) and (gone is None or gone not in drawn())
        )
        assert shown(explorer) == told_by_recall(session)

    write_files(root, {"unit/other/test_new.py": "def test_new(): ...\n"})
    await follows("unit/other/test_new.py", until="test_new test")
    write_files(root, {"test_top.py": "# moved\nclass TestX:\n    def test_c(self): ...\n"})
    await follows("test_top.py", until="test_c test (2)", gone="test_b test")
    assert "TestX module (1)" in explorer.tree.draw()
    (root / "unit/deep/test_deep.py").unlink()
    await follows("unit/deep/test_deep.py", gone="deep package")
    shutil.rmtree(root / "unit")
    await follows("unit", gone="unit package")
    write_files(root, TREE)
    await follows(*TREE, until="test_deep test")
    assert explorer.tree.draw() == DRAWN

    explorer.tree.refresh()
    await explorer.quiet()
    await session.request(protocol.RESYNC, session.root_params(), type(None))
    (root / "test_top.py").write_text(TREE["test_top.py"] + "\n\ndef test_last(): ...\n")
    await follows("test_top.py", until="test_last test")


@pytest.mark.asyncio
async def test_of_a_large_project_only_what_is_unfolded_or_open_is_told(
    project: Write, start: Start
) -> None:
    many = "".join(f"def test_{number}(): ...\n" for number in range(EAGER // 4))
    parameters = f"@pytest.mark.parametrize('n', {list(range(150))})\ndef test_p(n): ...\n"
    files = {f"{folder}/sub/test_{folder}.py": many for folder in "abcde"}
    root = project({**files, "f/test_f.py": "import pytest\n" + parameters})
    session, explorer = await explore(start, root, capabilities=BOTH, asks=False)
    url = session.root_uri
    assert [line.split()[1] for line in explorer.tree.draw().splitlines()[1:]] == list("abcdef")

    # What is small enough comes whole.
    await explorer.unfold(f"{url}#f")
    assert f"{url}#f/test_f.py::test_p" in shown(explorer)
    assert f"{url}#f/test_f.py::test_p[7]" not in shown(explorer)
    await explorer.unfold(f"{url}#f/test_f.py::test_p")
    assert f"{url}#f/test_f.py::test_p[149]" in shown(explorer)
    before = shown(explorer)

    # Whoever opens a document sees its tests.
    session.open("b/sub/test_b.py")
    await explorer.shows(lambda: f"{url}#b/sub/test_b.py::test_7" in shown(explorer))
    assert {each.split("::")[0] for each in shown(explorer) - before} == {
        f"{url}#b/sub",
        f"{url}#b/sub/test_b.py",
    }

    # What nobody has seen is not told of.
    told = len(explorer.groups)
    write_files(root, {"c/sub/test_c.py": many + "def test_x(): ...\n"})
    session.touched("c/sub/test_c.py")
    await session.until(
        lambda: (
            "c/sub/test_c.py" in session.files
            and session.files["c/sub/test_c.py"].tests == EAGER // 4 + 1
        )
    )
    write_files(root, {"g/test_g.py": "def test_g(): ...\n"})
    session.touched("g/test_g.py")
    await explorer.shows(lambda: f"{url}#g" in shown(explorer))
    assert len(explorer.groups) == told + 1
    assert f"{url}#g/test_g.py" not in shown(explorer)

    await explorer.unfold(url)
    assert f"{url}#f/test_f.py::test_p[149]" in shown(explorer)
    await explorer.unfold_all()
    explorer.check()
    assert len(shown(explorer)) == 1 + 5 * (3 + EAGER // 4) + 1 + 3 + 151 + 2


@pytest.mark.asyncio
async def test_roots_with_equal_node_ids_are_kept_apart_and_come_and_go(
    tmp_path: Path, start: Start
) -> None:
    files = {"pytest.ini": "[pytest]\n", "test_a.py": "def test_a(): ...\n"}
    one, two = (write_files(tmp_path / name, files) for name in ("one", "two"))
    session, explorer = await explore(start, one, folders=[one, two], capabilities=BOTH)
    first, second = uri_of(str(one)), uri_of(str(two))
    assert shown(explorer) == told_by_recall(session, one, two)

    run = await explorer.run()
    assert (run.tags(first), run.tags(second)) == ({"test_a.py::test_a": "passed"},) * 2
    run = await explorer.run([f"{second}#test_a.py"])
    assert (run.tags(first), run.tags(second)) == ({}, {"test_a.py::test_a": "passed"})
    run = await explorer.run(exclude=[second])
    assert (run.tags(first), run.tags(second)) == ({"test_a.py::test_a": "passed"}, {})

    # A folder becomes a root, with the same files under other ids.
    write_files(one, {"sub/test_s.py": "def test_s(): ...\n"})
    session.touched("sub/test_s.py")
    await explorer.shows(lambda: f"{first}#sub/test_s.py::test_s" in shown(explorer))
    write_files(one, {"sub/pytest.ini": "[pytest]\n"})
    session.touched("sub/pytest.ini")
    await explorer.shows(
        lambda: f"{first}/sub" in shown(explorer) and f"{first}#sub" not in shown(explorer)
    )
    await explorer.unfold(f"{first}/sub")
    assert f"{first}/sub#test_s.py::test_s" in shown(explorer)
    (one / "sub/pytest.ini").unlink()
    session.touched("sub/pytest.ini")
    await explorer.shows(lambda: f"{first}#sub/test_s.py::test_s" in shown(explorer))
    assert f"{first}/sub" not in shown(explorer)

    gone = types.WorkspaceFolder(uri=second, name="two")
    session.client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            event=types.WorkspaceFoldersChangeEvent(added=[], removed=[gone])
        )
    )
    await explorer.shows(lambda: second not in shown(explorer))
    assert not any(each.startswith(second) for each in shown(explorer))


# Runs.

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
