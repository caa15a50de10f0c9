"""What is shown stays true: after reopening, beside other runs, when files move."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.support import WATCHING
from tests.python.server.test_lsp_runs import answered, begin, cancel, until_file
from tests.python.server.test_lsp_tree import SOME, remember, run_in_terminal

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import uri_of

GOOD = "def test_good():\n    pass\n"
MANY = "import pytest\n\n\n@pytest.mark.parametrize('n', {})\ndef test_n(n):\n    pass\n"
TWICE = """\
# one
# two
# three
# four
def test_bad():
    x = 4
    assert x == 4
    x = 3
    assert x == 4
"""
WAITING = """\
import pathlib, time


def test_bad():
    assert 0, "known before"


def test_waiting():
    (pathlib.Path(__file__).parent / "waiting").touch()
    while True:
        time.sleep(0.01)
"""


@pytest.mark.asyncio
async def test_a_collection_error_is_still_there_after_reopening(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": GOOD})
    await run_in_terminal(root)
    (root / "test_a.py").write_text("import nothing_here\n" + GOOD)
    await run_in_terminal(root)

    session = await start(root)

    assert session.summary is not None
    assert session.summary.failed == 1
    error = session.files["test_a.py"].error
    assert error is not None
    assert "nothing_here" in error.message


@pytest.mark.asyncio
async def test_parameters_that_are_gone_do_not_come_back_with_the_next_edit(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": MANY.format("['a', 'b']")})
    session = await start(root)
    await session.run()
    (root / "test_a.py").write_text(MANY.format("['c']"))
    session.touched("test_a.py")
    await session.run()

    (root / "test_a.py").write_text("# a comment\n" + MANY.format("['c']"))
    session.touched("test_a.py")

    await session.until(lambda: "test_n (5)" in session.draw())
    assert session.draw().splitlines() == ["test_a.py", "  test_n (5)", "    [c] (5)"]


@pytest.mark.asyncio
async def test_the_reason_of_a_failure_that_passed_since_is_not_shown_again(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": "def test_x():\n    assert 0, 'old reason'\n"})
    session = await start(root)
    await session.run()
    assert session.records["test_a.py::test_x"].message == "AssertionError: old reason"
    lastfailed = root / ".pytest_cache/v/cache/lastfailed"

    lastfailed.write_text("{}")
    await session.until(lambda: not session.records)
    lastfailed.write_text(json.dumps({"test_a.py::test_x": True}))

    await session.until(lambda: session.records)
    assert session.records["test_a.py::test_x"].message is None


@pytest.mark.asyncio
async def test_a_run_after_a_checkout_marks_the_line_of_the_file_on_disk(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": TWICE})
    session = await start(root)
    session.open("test_a.py")
    await session.until(lambda: session.markers)
    lines = TWICE.splitlines(keepends=True)
    (root / "test_a.py").write_text("".join(lines[4:]))
    session.edit("test_a.py", 2, (0, 0), (4, 0), "")

    await session.run()

    assert session.draw_markers("test_a.py") == [
        "4:4 assert 3 == 4",
    ]


@pytest.mark.asyncio
async def test_an_unsaved_text_is_not_taken_for_the_file_when_it_is_opened(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": "".join(TWICE.splitlines(keepends=True)[4:])})
    session = await start(root)
    session.open("test_a.py", TWICE)
    await session.until(lambda: session.markers)

    await session.run()

    assert session.draw_markers("test_a.py") == ["8:4 assert 3 == 4"]


@pytest.mark.asyncio
async def test_tests_of_a_folder_that_was_renamed_are_found(project: Write, start: Start) -> None:
    root = project({"tests/checkout/sub/test_a.py": GOOD})
    session = await start(root, capabilities=WATCHING)

    (root / "tests/checkout").rename(root / "tests/basket")
    session.touched("tests/checkout", "tests/basket")

    await session.until(lambda: list(session.files) == ["tests/basket/sub/test_a.py"])
    await session.until(lambda: session.watchers)
    options = json.dumps(session.converter.unstructure(session.watchers[0].register_options))
    assert '"**/*"' in options


@pytest.mark.asyncio
async def test_asking_for_everything_reads_the_disk_again(project: Write, start: Start) -> None:
    root = project({"test_a.py": GOOD, "old/test_b.py": GOOD})
    session = await start(root)
    (root / "old").rename(root / "new")
    (root / "test_a.py").write_text("def test_other(): ...\n")

    await session.request(protocol.RESYNC, session.root_params(), type(None))
    await session.until(lambda: session.is_whole)

    assert session.draw().splitlines() == [
        "new/test_b.py",
        "  test_good (0)",
        "test_a.py",
        "  test_other (0)",
    ]


@pytest.mark.asyncio
async def test_a_folder_that_is_added_is_watched_and_what_was_asked_before_is_not(
    project: Write, start: Start, tmp_path: Path
) -> None:
    root = project({"test_a.py": GOOD})
    other = tmp_path / "other"
    other.mkdir()
    (other / "pytest.ini").write_text("[pytest]\n")
    session = await start(root, capabilities=WATCHING)
    await session.until(lambda: session.watchers)
    before = session.watchers[0].id

    session.client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            event=types.WorkspaceFoldersChangeEvent(
                added=[types.WorkspaceFolder(uri=uri_of(str(other)), name="other")], removed=[]
            )
        )
    )

    await session.until(lambda: [each.id for each in session.watchers] not in ([before], []))
    await session.until(lambda: len(session.watchers) == 1)
    options = json.dumps(session.converter.unstructure(session.watchers[0].register_options))
    assert uri_of(str(other)) in options


@pytest.mark.asyncio
async def test_two_folders_of_one_root_both_show_and_run_their_tests(
    project: Write, start: Start
) -> None:
    root = project({"a/test_a.py": GOOD, "b/test_b.py": GOOD})

    session = await start(root, folders=[root / "a", root / "b"])

    assert sorted(session.files) == ["a/test_a.py", "b/test_b.py"]
    await session.run()
    assert sorted(session.outcomes()) == ["a/test_a.py::test_good", "b/test_b.py::test_good"]


@pytest.mark.asyncio
async def test_a_file_that_is_ignored_above_the_test_paths_does_not_appear_when_saved(
    project: Write, start: Start
) -> None:
    root = project(
        {
            "pytest.ini": "[pytest]\ntestpaths = tests\n",
            "conftest.py": "collect_ignore = ['tests/test_b.py']\n",
            "tests/test_a.py": GOOD,
            "tests/test_b.py": GOOD,
        }
    )
    session = await start(root)

    (root / "tests/test_a.py").write_text("def test_other(): ...\n")
    session.touched("tests/test_b.py", "tests/test_a.py")

    await session.until(lambda: "test_other" in session.draw())
    assert list(session.files) == ["tests/test_a.py"]


@pytest.mark.asyncio
async def test_a_failure_in_a_file_of_another_encoding_is_not_outdated(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": ""})
    text = "# -*- coding: latin-1 -*-\ndef test_x():\n    assert 'ä' == 'b'\n"
    (root / "test_a.py").write_bytes(text.encode("latin-1"))
    await run_in_terminal(root)

    session = await start(root)

    assert not session.records["test_a.py::test_x"].outdated


@pytest.mark.asyncio
async def test_the_selection_of_a_server_that_was_killed_is_removed_by_the_next(
    project: Write, start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / f"pytest-recall-selections-{os.getuid()}"
    folder.mkdir()
    gone = await asyncio.create_subprocess_exec("true")
    await gone.wait()
    old, living = (folder / f"pytest-recall-{pid}-x.json" for pid in (gone.pid, os.getpid()))
    old.touch()
    living.touch()
    root = project({"test_a.py": GOOD})

    session = await start(root, environment={"TMPDIR": str(tmp_path)})
    result = await session.run("ids", ["test_a.py::test_good"])

    assert result.counts == {"passed": 1}
    assert list(folder.iterdir()) == [living]


@pytest.mark.asyncio
async def test_a_run_of_all_forgets_failures_whose_file_is_gone(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": GOOD})
    remember(root, ["test_gone.py::test_x"])
    session = await start(root)

    await session.run()

    await session.until(lambda: session.summary and session.summary.failed == 0)


@pytest.mark.asyncio
async def test_clearing_the_cache_during_a_run_keeps_what_the_run_has_found(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": WAITING})
    session = await start(root)
    request, answer = await begin(session)
    await until_file(root / "waiting")

    await session.request(protocol.CACHE_CLEAR, session.root_params(), protocol.CacheRemoval)

    journals = list((root / ".pytest_cache/d/recall/runs").iterdir())
    assert len(journals) == 1
    cancel(session, request)
    assert answered(session, await answer).cancelled
    again = await start(root)
    assert again.records["test_a.py::test_bad"].message == "AssertionError: known before"


@pytest.mark.asyncio
async def test_where_lastfailed_is_torn_the_journals_tell_what_failed_and_is_rerun(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SOME})
    await run_in_terminal(root)
    (root / ".pytest_cache/v/cache/lastfailed").write_text('{"test_a.py::test')

    session = await start(root)

    assert "cache/lastfailed" in session.roots[0].problems[0]
    assert session.draw().splitlines() == ["!test_a.py", "  test_good (0)", "  !test_bad (4)"]
    await session.run("lastFailed")
    assert session.outcomes() == {"test_a.py::test_bad": "failed"}
