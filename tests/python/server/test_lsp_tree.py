"""What the server tells of tests, failures and documents."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.support import SERVER, WATCHING, Session

from pytest_recall_server.lsp import protocol

SOME = """\
def test_good():
    pass


def test_bad():
    x = 3
    assert x == 4
"""
LAUNCHER = str(SERVER / "pytest_recall/launcher.py")


async def run_in_terminal(root: Path, *args: str, ours: bool = True) -> None:
    """Run pytest as a person would, with our plugin or without."""
    start = [sys.executable, LAUNCHER, "--"] if ours else [sys.executable, "-m", "pytest"]
    done = await asyncio.create_subprocess_exec(
        *start,
        *args,
        cwd=root,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    await done.wait()


def remember(root: Path, failed: list[str], node_ids: list[str] | None = None) -> Path:
    """Write what pytest would remember; return the file of the failures."""
    values = root / ".pytest_cache/v/cache"
    values.mkdir(parents=True, exist_ok=True)
    (values / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
    if node_ids is not None:
        (values / "nodeids").write_text(json.dumps(node_ids))
    return values / "lastfailed"


@pytest.mark.asyncio
async def test_tests_are_told_without_running_anything(project: Write, start: Start) -> None:
    root = project(
        {
            "test_a.py": SOME,
            "tests/unit/test_b.py": "import nowhere\n\n\nclass TestX:\n    def test_y(self): ...\n",
            "src/other.py": SOME,
        }
    )

    session = await start(root, interpreter=None, trusted=False)

    assert session.draw().splitlines() == [
        "test_a.py",
        "  test_good (0)",
        "  test_bad (4)",
        "tests/unit/test_b.py",
        "  TestX (3)",
        "    test_y (4)",
    ]
    assert [batch.state for batch in session.batches] == list(range(1, len(session.batches) + 1))
    assert [number for number, batch in enumerate(session.batches) if batch.reset] == [0]
    assert session.summary is not None
    assert (session.summary.total, session.summary.failed, session.summary.new) == (3, 0, 0)
    assert not (root / ".pytest_cache").exists()


@pytest.mark.asyncio
async def test_parameters_and_new_tests_come_from_the_cache(project: Write, start: Start) -> None:
    # A fixture that parsing does not know may have parameters.
    some = SOME.replace("test_good()", "test_good(made)")
    root = project({"test_a.py": some + "\n\ndef test_new(): ...\n"})
    known = ["test_a.py::test_good[a::b]", "test_a.py::test_good[c[1]]", "test_a.py::test_bad"]
    remember(root, ["test_a.py::test_good[c[1]]"], known)

    session = await start(root)

    assert session.draw().splitlines() == [
        "!+test_a.py",
        "  !test_good (0)",
        "    [a::b] (0)",
        "    ![c[1]] (0)",
        "  test_bad (4)",
        "  +test_new (9)",
    ]


@pytest.mark.asyncio
async def test_without_nodeids_nothing_is_new(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME})
    remember(root, ["test_a.py::test_bad"])

    session = await start(root)

    assert session.draw().splitlines() == ["!test_a.py", "  test_good (0)", "  !test_bad (4)"]
    record = session.records["test_a.py::test_bad"]
    assert (record.outcome, record.message, record.when) == ("failed", None, None)
    assert record.location is not None
    assert record.location.range.start.line == 4


@pytest.mark.asyncio
async def test_with_the_first_run_all_that_it_left_out_is_new(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME, "test_b.py": SOME})
    session = await start(root)

    await run_in_terminal(root, "test_a.py::test_good")

    await session.until(lambda: session.summary is not None and session.summary.new == 3)
    assert [node.new for node in session.nodes["test_b.py"].values()] == [True, True]


@pytest.mark.asyncio
async def test_a_syntax_error_leaves_the_tests_known_so_far(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME, "test_b.py": "def test_x(:\n", "test_c.py": SOME})
    remember(root, [], ["test_b.py::test_x", "test_b.py::TestY::test_z[1]"])
    session = await start(root)
    (root / "test_a.py").write_text("\n" + SOME + "\ndef (\n")

    session.touched("test_a.py")

    await session.until(lambda: session.files["test_a.py"].error)
    assert session.draw().splitlines() == [
        "+test_a.py",
        "  error at 9: SyntaxError: invalid syntax",
        "  +test_good (0)",
        "  +test_bad (4)",
        "test_b.py",
        "  error at 0: SyntaxError: invalid syntax",
        "  TestY (?)",
        "    test_z (?)",
        "      [1] (?)",
        "  test_x (?)",
        "+test_c.py",
        "  +test_good (0)",
        "  +test_bad (4)",
    ]


@pytest.mark.asyncio
async def test_files_stand_failures_first_then_new_then_by_time(
    project: Write, start: Start
) -> None:
    names = ["old/test_bad.py", "new/test_new.py", "a/test_older.py", "b/test_newer.py"]
    root = project(dict.fromkeys(names, SOME))
    for age, name in enumerate(reversed(names)):
        os.utime(root / name, (1e9 - age, 1e9 - age))
    ids = [f"{name}::{test}" for name in names for test in ("test_good", "test_bad")]
    lastfailed = remember(root, ["old/test_bad.py::test_bad"], [i for i in ids if "new/" not in i])

    session = await start(root)

    in_order = sorted(session.files.values(), key=lambda file: file.sort_text)
    assert [file.path for file in in_order] == [
        "old/test_bad.py",
        "new/test_new.py",
        "b/test_newer.py",
        "a/test_older.py",
    ]
    assert sorted(session.folders, key=session.folders.__getitem__) == ["old", "new", "b", "a"]
    seen = len(session.batches)
    lastfailed.write_text("{}")
    await session.until(lambda: session.batches[seen:])
    assert [file.path for file in session.batches[seen].files] == ["old/test_bad.py"]
    assert [folder.path for folder in session.batches[seen].folders] == ["old"]


@pytest.mark.asyncio
@pytest.mark.parametrize("content", [b'{"test_a.py::test', b"\x00\xff\xfe\x01", b"[3]", b""])
async def test_a_lastfailed_that_cannot_be_read_is_empty_and_says_so(
    project: Write, start: Start, content: bytes
) -> None:
    root = project({"test_a.py": SOME})
    lastfailed = remember(root, ["test_a.py::test_bad"])
    session = await start(root)
    assert session.draw().startswith("!")

    lastfailed.write_bytes(content)

    await session.until(lambda: not session.draw().startswith("!"))
    await session.until(lambda: session.records == {})
    await session.until(lambda: session.roots[0].problems)
    assert "cache/lastfailed" in session.roots[0].problems[0]
    keys = await session.request(
        protocol.CACHE_KEYS, session.root_params(), protocol.CacheKeysResult
    )
    assert [entry.key for entry in keys.entries if entry.problem] == ["cache/lastfailed"]


@pytest.mark.asyncio
async def test_a_run_in_a_terminal_appears_as_it_goes_on(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME})
    session = await start(root)

    await run_in_terminal(root)

    await session.until(lambda: session.ended, 4)
    assert [(run.token, run.run) for run in session.started] == [(None, session.ended[0].run)]
    assert session.outcomes(None) == {
        "test_a.py::test_good": "passed",
        "test_a.py::test_bad": "failed",
    }
    assert session.ended[0].counts == {"passed": 1, "failed": 1}
    assert session.ended[0].exit_status == 1
    assert session.draw().splitlines() == ["!test_a.py", "  test_good (0)", "  !test_bad (4)"]


@pytest.mark.asyncio
async def test_a_terminal_without_our_plugin_is_seen_too(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME})
    session = await start(root)

    await run_in_terminal(root, ours=False)

    await session.until(lambda: session.records, 4)
    assert session.records["test_a.py::test_bad"].message is None
    (root / "test_a.py").write_text(SOME.replace("x == 4", "x == 3"))
    await run_in_terminal(root, ours=False)
    await session.until(lambda: not session.records, 4)
    assert session.draw().splitlines() == ["test_a.py", "  test_good (0)", "  test_bad (4)"]


@pytest.mark.asyncio
async def test_another_window_knows_the_reasons_before_any_run(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SOME})
    await (await start(root)).run()

    session = await start(root, interpreter=None)

    record = session.records["test_a.py::test_bad"]
    assert (record.message, record.expected, record.actual) == ("assert 3 == 4", "4", "3")
    assert record.longrepr is not None
    session.open("test_a.py")
    await session.until(lambda: session.markers)
    assert session.draw_markers("test_a.py") == ["6:4 assert 3 == 4"]


@pytest.mark.asyncio
async def test_marks_follow_the_text_while_it_is_edited(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME})
    remember(root, [], ["test_a.py::test_bad"])
    session = await start(root)
    session.open("test_a.py")
    await session.until(lambda: session.markers)
    assert session.draw_markers("test_a.py") == ["0 new"]
    await session.run("ids", ["test_a.py::test_bad"])
    await session.until(lambda: len(session.draw_markers("test_a.py")) == 2)
    steps = [
        ((0, 0), (0, 0), "# one\n# two\n", ["8:4 assert 3 == 4", "2 new"]),
        ((8, 4), (8, 4), "\n    ", ["9:4 assert 3 == 4", "2 new"]),
        ((9, 16), (9, 17), "5", ["9:4 assert 3 == 4 (outdated)", "2 new"]),
        ((9, 16), (9, 17), "4", ["9:4 assert 3 == 4", "2 new"]),
        ((3, 0), (7, 0), "", ["5:4 assert 3 == 4", "2 new"]),
        ((0, 0), (99, 0), "x = (", ["0:0 assert 3 == 4 (outdated)"]),
    ]
    for version, (begin, end, text, expected) in enumerate(steps, 2):
        session.edit("test_a.py", version, begin, end, text)
        await session.until_marked("test_a.py", version)
        assert session.draw_markers("test_a.py") == expected, text


@pytest.mark.asyncio
async def test_tests_follow_an_edited_document_and_outlive_what_does_not_parse(
    project: Write, start: Start
) -> None:
    session = await start(project({"test_a.py": SOME}))
    session.open("test_a.py")

    session.edit("test_a.py", 2, (0, 0), (0, 0), "def test_first(): ...\n\n\n")
    await session.until(lambda: "test_first" in session.draw())
    assert session.draw().splitlines() == [
        "test_a.py",
        "  test_first (0)",
        "  test_good (3)",
        "  test_bad (7)",
    ]
    session.edit("test_a.py", 3, (0, 0), (0, 0), "def (\n\n")
    await session.until(lambda: "test_bad (9)" in session.draw())
    assert session.files["test_a.py"].error is None


@pytest.mark.asyncio
async def test_a_failure_moved_on_disk_is_found_again_or_outdated(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SOME})
    await (await start(root)).run()
    (root / "test_a.py").write_text("import os\n\n\n" + SOME)

    session = await start(root)

    record = session.records["test_a.py::test_bad"]
    assert record.location is not None
    assert (record.location.range.start.line, record.outdated) == (9, False)
    (root / "test_a.py").write_text(SOME.replace("x == 4", "x == 5"))
    session.touched("test_a.py")
    await session.until(lambda: session.records["test_a.py::test_bad"].outdated)
    session.open("test_a.py")
    await session.until(lambda: session.markers)
    assert session.draw_markers("test_a.py") == ["6:4 assert 3 == 4 (outdated)"]


@pytest.mark.asyncio
async def test_changed_files_and_configuration_are_read_again(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME, "sub/test_b.py": SOME})
    session = await start(root, capabilities=WATCHING)
    await session.until(lambda: session.watchers)

    (root / "test_a.py").write_text("def test_other(): ...\n")
    (root / "sub/test_b.py").unlink()
    (root / "test_c.py").write_text("def test_c(): ...\n")
    session.touched("test_a.py", "sub", "test_c.py")
    await session.until(lambda: len(session.files) == 2 and "test_other" in session.draw())
    await session.until(lambda: session.is_whole)
    assert session.draw().splitlines() == [
        "test_a.py",
        "  test_other (0)",
        "test_c.py",
        "  test_c (0)",
    ]
    (root / "pytest.ini").write_text("[pytest]\npython_files = *_c.py\ntestpaths = .\n")
    session.touched("pytest.ini")
    await session.until(lambda: list(session.files) == ["test_c.py"])
    (root / "pytest.ini").write_text("[pytest\n")
    session.touched("pytest.ini")
    await session.until(lambda: session.roots[0].problems and len(session.files) == 2)
    assert "pytest.ini cannot be read" in session.roots[0].problems[0]


@pytest.mark.asyncio
async def test_everything_is_told_anew_when_asked(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME})
    remember(root, ["test_a.py::test_bad"])
    session = await start(root)
    before = (session.draw(), dict(session.records), session.summary)
    session.files.clear()
    session.records.clear()
    seen = len(session.batches)

    await session.request(protocol.RESYNC, session.root_params(), type(None))
    await session.until(lambda: session.is_whole)

    assert (session.draw(), session.records, session.summary) == before
    assert session.batches[seen].reset
    assert session.batches[-1].complete


@pytest.mark.asyncio
async def test_the_cache_is_listed_read_and_cleared(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME})
    session = await start(root)
    await session.run()
    params = session.root_params()

    keys = await session.request(protocol.CACHE_KEYS, params, protocol.CacheKeysResult)
    value = await session.request(
        protocol.CACHE_VALUE,
        protocol.CacheValueParams(root=session.root_uri, key="cache/lastfailed"),
        protocol.CacheValueResult,
    )

    values = [entry.key for entry in keys.entries if entry.kind == "value"]
    assert values == ["cache/lastfailed", "cache/nodeids"]
    assert (keys.exists, keys.directory) == (True, session.uri(".pytest_cache"))
    assert json.loads(value.text) == {"test_a.py::test_bad": True}
    (root / "precious.txt").write_text("x")
    (root / ".pytest_cache/d/link").symlink_to(root)
    cleared = await session.request(protocol.CACHE_CLEAR, params, protocol.CacheRemoval)
    assert (cleared.removed, cleared.problem) == (len(keys.entries), None)
    assert (root / "precious.txt").exists()
    assert (root / ".pytest_cache/CACHEDIR.TAG").exists()
    assert not (root / ".pytest_cache/v").exists()
    assert "test_a.py::test_bad" not in session.records
    assert session.draw().startswith("test_a.py")


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["../../pytest.ini", "/etc/hostname", "cache/none", "", "cache"])
async def test_only_keys_of_the_cache_can_be_read(project: Write, start: Start, key: str) -> None:
    root = project({"test_a.py": SOME})
    remember(root, [])
    session = await start(root)

    with pytest.raises(Exception, match="The cache has no key"):
        await session.request(
            protocol.CACHE_VALUE,
            protocol.CacheValueParams(root=session.root_uri, key=key),
            protocol.CacheValueResult,
        )


@pytest.mark.asyncio
async def test_a_cache_directory_that_cannot_be_written_stops_nothing(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SOME})
    # Root may write anywhere: a file in its place is what nobody can write into.
    (root / ".pytest_cache").write_text("")
    session = await start(root)

    result = await session.run()

    assert result.counts == {"passed": 1, "failed": 1}
    assert session.outcomes()["test_a.py::test_bad"] == "failed"
    keys = await session.request(
        protocol.CACHE_KEYS, session.root_params(), protocol.CacheKeysResult
    )
    assert (keys.exists, keys.entries) == (False, [])
    assert session.draw().splitlines() == ["!test_a.py", "  test_good (0)", "  !test_bad (4)"]
    assert "cannot be written" in session.roots[0].problems[0]


@pytest.mark.asyncio
async def test_wrong_messages_are_answered_and_the_server_lives_on(
    project: Write, start: Start
) -> None:
    session = await start(project({"test_a.py": SOME}))
    send = session.client.protocol.send_request

    for method, params in [
        ("recall/nothing", {}),
        (protocol.RUN, None),
        (protocol.RUN, {"root": 3}),
        (protocol.RUN, {"root": "file:///x", "token": "t", "selection": {"kind": "some"}}),
        (protocol.CACHE_KEYS, {"root": "http://x"}),
        (protocol.RESYNC, [1, 2]),
    ]:
        with pytest.raises(Exception, match=r".+"):
            await asyncio.wait_for(asyncio.wrap_future(send(method, params)), 5)
    session.send_raw({"method": "textDocument/didOpen", "params": {"textDocument": 3}})
    session.send_raw({"method": "textDocument/didChange"})
    session.send_raw({"method": "recall/nothing", "params": {"t.py::a": 1}})
    session.send_raw({"method": "textDocument/hover", "id": "x", "params": 3})
    session.send_raw({"method": 5})
    session.send_raw([])

    status = await session.request(protocol.STATUS, None, protocol.StatusResult)
    (told,) = status.roots
    assert (told.tests, told.runs) == (2, [])


@pytest.mark.asyncio
async def test_two_folders_have_two_roots_and_one_can_go(
    project: Write, start: Start, tmp_path: Path
) -> None:
    root = project({"pytest.ini": "[pytest]\n", "test_a.py": SOME})
    other = tmp_path / "other"
    other.mkdir()
    (other / "pytest.ini").write_text("[pytest]\n")
    (other / "test_o.py").write_text(SOME)

    session = await start(root, folders=[root, other])

    await session.until(lambda: len(session.files) == 2)
    assert [Path(item.uri).name for item in session.roots] == ["project", "other"]
    session.client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            event=types.WorkspaceFoldersChangeEvent(
                added=[],
                removed=[types.WorkspaceFolder(uri=f"file://{other}", name="other")],
            )
        )
    )
    await session.until(lambda: [item.name for item in session.roots] == ["project"])


def test_a_session_folds_what_it_is_told() -> None:
    assert Session().draw() == ""
