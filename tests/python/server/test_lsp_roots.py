"""Several roots in one window: nested ones, and such as come and go while the server runs."""

from __future__ import annotations

# ruff: noqa: S105 # a token names a run
import asyncio
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.support import SERVER, WATCHING, Session, write_files

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import uri_of

INI = "[pytest]\n"
GOOD = "def test_good(): ...\n"
BAD = "def test_bad():\n    assert 3 == 4\n"
MONOREPO = {
    "pytest.ini": "[pytest]\npython_files = test_*.py\n",
    "test_outer.py": GOOD + BAD,
    "libs/one/pytest.ini": "[pytest]\npython_files = check_*.py\ncache_dir = .remembered\n",
    "libs/one/check_one.py": GOOD + BAD,
    "libs/one/test_unseen.py": BAD,
    "libs/two/pyproject.toml": "[tool.pytest.ini_options]\npython_functions = 'ensure_*'\n",
    "libs/two/test_two.py": "def ensure_good(): ...\n\n\ndef ensure_bad():\n    assert 0\n",
}


def roots_of(session: Session) -> list[str]:
    """Return the names of the roots, sorted."""
    return sorted(root.name for root in session.roots)


async def run(
    session: Session,
    root: Path,
    token: str,
    kind: protocol.SelectionKind = "all",
    ids: tuple[str, ...] = (),
) -> protocol.RunResult:
    """Run tests of one root."""
    selection = protocol.Selection(kind=kind, ids=list(ids))
    params = protocol.RunParams(root=uri_of(str(root)), token=token, selection=selection)
    return await session.request(protocol.RUN, params, protocol.RunResult)


async def set_interpreter(
    session: Session, root: Path | None, interpreter: str, args: tuple[str, ...] = ()
) -> None:
    """Say what runs pytest in one root, or in all others."""
    params = protocol.SetInterpreterParams(
        interpreter=protocol.Interpreter(path=interpreter),
        args=list(args),
        trusted=True,
        root=None if root is None else uri_of(str(root)),
        # Each run starts an interpreter.
        warm_start=False,
    )
    await session.request(protocol.SET_INTERPRETER, params, type(None))


def ids_of_pytest(folder: Path, *args: str) -> set[str]:
    """Return the ids that a pytest in a terminal collects in *folder*."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *args],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return {line for line in done.stdout.splitlines() if "::" in line}


def failures_in(cache: Path) -> list[str]:
    """Return what pytest remembers as failed."""
    file = cache / "v/cache/lastfailed"
    return sorted(json.loads(file.read_text())) if file.exists() else []


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below *folder*."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.asyncio
async def test_each_root_of_a_monorepo_has_its_own_options_tests_and_cache(
    project: Write, start: Start
) -> None:
    top = project(MONOREPO)
    one, two = top / "libs/one", top / "libs/two"

    session = await start(top)

    await session.until(lambda: len(session.summaries) >= 3 and len(session.files) == 3)
    assert roots_of(session) == ["libs/one", "libs/two", "project"]
    assert session.draw(top).splitlines() == ["test_outer.py", "  test_good (0)", "  test_bad (1)"]
    assert session.draw(one).splitlines() == ["check_one.py", "  test_good (0)", "  test_bad (1)"]
    assert session.draw(two).splitlines() == [
        "test_two.py",
        "  ensure_good (0)",
        "  ensure_bad (3)",
    ]

    for root, token in ((top, "t"), (one, "1"), (two, "2")):
        result = await run(session, root, token)
        assert result.counts == {"passed": 1, "failed": 1}, session.output(token)
        # The same names as in a terminal, in the folder itself.
        own = [] if root != top else ["--ignore=libs"]
        assert set(session.outcomes(token)) == ids_of_pytest(root, *own)
    # And the same root from outside of it.
    assert ids_of_pytest(top, "libs/one") == ids_of_pytest(one)
    assert failures_in(top / ".pytest_cache") == ["test_outer.py::test_bad"]
    assert failures_in(one / ".remembered") == ["check_one.py::test_bad"]
    assert failures_in(two / ".pytest_cache") == ["test_two.py::ensure_bad"]
    assert not (one / ".pytest_cache").exists()


@pytest.mark.asyncio
async def test_a_run_in_one_root_leaves_the_caches_of_the_others_alone(
    project: Write, start: Start
) -> None:
    top = project(MONOREPO)
    one, two = top / "libs/one", top / "libs/two"
    session = await start(top)
    await session.until(lambda: len(session.roots) == 3)
    for root, token in ((top, "t"), (one, "1"), (two, "2")):
        await run(session, root, token)
    others = {**contents(top / ".pytest_cache"), **contents(two / ".pytest_cache")}
    (one / "check_one.py").write_text(GOOD + BAD.replace("4", "3"))

    result = await run(session, one, "again", "lastFailed")

    assert result.counts == {"passed": 1}
    assert failures_in(one / ".remembered") == []
    assert {**contents(top / ".pytest_cache"), **contents(two / ".pytest_cache")} == others


@pytest.mark.asyncio
async def test_folders_and_all_of_a_root_run_without_the_roots_in_them(
    project: Write, start: Start
) -> None:
    broken = {"libs/one/conftest.py": "raise RuntimeError('not for the outer root')\n"}
    top = project({**MONOREPO, **broken, "libs/test_between.py": GOOD})
    session = await start(top)

    whole = await run(session, top, "all")
    folder = await run(session, top, "folder", "ids", ("libs",))

    assert whole.counts == {"passed": 2, "failed": 1}, session.output("all")
    assert folder.counts == {"passed": 1}, session.output("folder")
    assert set(session.outcomes("folder")) == {"libs/test_between.py::test_good"}


@pytest.mark.asyncio
@pytest.mark.parametrize("nested", [["in"], ["tests/sub"], ["in", "tests/sub"]])
async def test_test_paths_run_as_pytest_has_them_but_for_the_roots_in_them(
    project: Write, start: Start, nested: list[str]
) -> None:
    top = project(
        {
            "pytest.ini": "[pytest]\ntestpaths = tests in\n",
            "test_elsewhere.py": BAD,
            "tests/test_a.py": GOOD,
            **{f"{folder}/tox.ini": INI for folder in nested},
            **{f"{folder}/test_b.py": BAD for folder in nested},
        }
    )
    session = await start(top)

    result = await run(session, top, "all")

    assert result.counts == {"passed": 1}, session.output("all")
    assert set(session.outcomes("all")) == {"tests/test_a.py::test_good"}


@pytest.mark.asyncio
async def test_what_the_outer_root_remembers_of_a_nested_one_is_shown_while_it_is_outstanding(
    project: Write, start: Start
) -> None:
    top = project(
        {"pytest.ini": INI, "sub/pytest.ini": INI, "sub/test_a.py": BAD, "sub/test_b.py": GOOD}
    )
    session = await start(top)
    await session.until(lambda: len(session.roots) == 2)
    assert session.draw(top) == ""

    # Somebody runs all in the outer folder: both files are collected there, one has a failure.
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, str(SERVER / "pytest_recall/launcher.py"), "--", "-q"),
        cwd=top,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
    )
    await done.wait()

    failing = "!sub/test_a.py\n  !test_bad (0)"
    await session.until(lambda: session.ended and session.draw(top) == failing)
    assert session.outcomes(None) == {"sub/test_a.py::test_bad": "failed"}
    assert session.draw(top / "sub").splitlines() == [
        "test_a.py",
        "  test_bad (0)",
        "test_b.py",
        "  test_good (0)",
    ]
    (top / "sub/test_a.py").write_text(BAD.replace("4", "3"))
    result = await run(session, top, "again", "lastFailed")
    assert result.counts == {"passed": 1}
    await session.until(lambda: session.draw(top) == "")


@pytest.mark.asyncio
async def test_a_configuration_file_that_comes_and_goes_adds_and_removes_a_root(
    project: Write, start: Start
) -> None:
    top = project({"pytest.ini": INI, "test_o.py": GOOD, "sub/test_a.py": BAD, "sub/in/x.py": ""})
    session = await start(top, capabilities=WATCHING)
    session.open("sub/test_a.py")
    await session.until_marked("sub/test_a.py", 1)
    before = [file for file in session.batches if file.root == uri_of(str(top))]

    (top / "sub/pytest.ini").write_text(INI)
    session.touched("sub/pytest.ini")

    await session.until(lambda: session.draw(top / "sub") != "" and "sub" not in session.draw(top))
    assert roots_of(session) == ["project", "sub"]
    # The outer root stays as it is: nothing of it is told but what has left it.
    told = [each for each in session.batches if each.root == uri_of(str(top))][len(before) :]
    assert [(each.reset, len(each.files), each.removed) for each in told] == [
        (False, 0, ["sub/test_a.py"])
    ]
    # The document has a new owner, which knows of its edits and its failures.
    result = await run(session, top / "sub", "sub")
    assert result.counts == {"failed": 1}
    await session.until(lambda: session.draw_markers("sub/test_a.py") == ["1:4 assert 3 == 4"])
    session.edit("sub/test_a.py", 2, (0, 0), (0, 0), "\n\n")
    await session.until(lambda: session.draw_markers("sub/test_a.py") == ["3:4 assert 3 == 4"])
    await session.until(lambda: "test_bad (2)" in session.draw(top / "sub"))

    (top / "sub/pytest.ini").unlink()
    session.touched("sub/pytest.ini")

    await session.until(lambda: roots_of(session) == ["project"] and "sub" in session.draw(top))
    await session.until(lambda: session.draw_markers("sub/test_a.py") == [])
    await session.until(lambda: "test_bad (2)" in session.draw(top))


@pytest.mark.asyncio
async def test_a_folder_that_is_moved_takes_its_root_along(project: Write, start: Start) -> None:
    top = project({"pytest.ini": INI, "a/one/pytest.ini": INI, "a/one/test_a.py": GOOD})
    session = await start(top, capabilities=WATCHING)
    await session.until(lambda: roots_of(session) == ["a/one", "project"])

    (top / "a").rename(top / "b")
    session.touched("a", "b")

    await session.until(lambda: roots_of(session) == ["b/one", "project"])
    await session.until(lambda: session.draw(top / "b/one") != "")


@pytest.mark.asyncio
async def test_the_end_of_a_root_ends_its_runs(project: Write, start: Start) -> None:
    hangs = "import time\n\n\ndef test_hangs():\n    time.sleep(600)\n"
    top = project({"pytest.ini": INI, "sub/pytest.ini": INI, "sub/test_a.py": hangs})
    session = await start(top, capabilities=WATCHING)
    await session.until(lambda: len(session.roots) == 2)
    running = asyncio.ensure_future(run(session, top / "sub", "sub"))
    await session.until(lambda: any(each.token == "sub" and each.events for each in session.events))

    (top / "sub/pytest.ini").unlink()
    session.touched("sub/pytest.ini")

    assert (await running).cancelled
    await session.until(lambda: roots_of(session) == ["project"])
    with pytest.raises(Exception, match="is not a root of this workspace"):
        await run(session, top / "sub", "more")


@pytest.mark.asyncio
async def test_folders_are_added_and_removed_while_running_with_their_open_documents(
    project: Write, start: Start, tmp_path: Path
) -> None:
    top = project({"pytest.ini": INI, "test_o.py": GOOD})
    other = write_files(
        tmp_path / "other", {"test_x.py": BAD, "in/pytest.ini": INI, "in/test_y.py": BAD}
    )
    session = await start(top)
    session.root = other
    session.open("in/test_y.py")
    session.edit("in/test_y.py", 2, (0, 0), (0, 0), "\n")

    def change(added: list[Path], removed: list[Path]) -> None:
        def folders(paths: list[Path]) -> list[types.WorkspaceFolder]:
            return [types.WorkspaceFolder(uri=uri_of(str(path)), name=path.name) for path in paths]

        event = types.WorkspaceFoldersChangeEvent(added=folders(added), removed=folders(removed))
        session.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event=event)
        )

    change([other], [])
    await session.until(lambda: roots_of(session) == ["other", "other/in", "project"])
    await session.until(lambda: session.draw(other) != "")
    # It was opened and edited before it had a root.
    await session.until(lambda: "test_bad (1)" in session.draw(other / "in"))
    result = await run(session, other / "in", "in")
    assert result.counts == {"failed": 1}
    await session.until(lambda: session.draw_markers("in/test_y.py") == ["2:4 assert 3 == 4"])

    change([], [other])
    await session.until(lambda: roots_of(session) == ["project"])
    await session.until(lambda: session.draw_markers("in/test_y.py") == [])


def witness(folder: Path, name: str) -> str:
    """Return a Python that notes each of its uses, where it was started, and is the real one."""
    python = folder / name
    note = shlex.quote(str(folder / f"{name}.used"))
    python.write_text(f'#!/bin/sh\npwd >> {note}\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    return str(python)


def uses(python: str) -> list[str]:
    """Return the folders in which a witness was started."""
    file = Path(f"{python}.used")
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.asyncio
async def test_each_root_runs_with_its_own_interpreter_and_arguments(
    project: Write, start: Start, tmp_path: Path
) -> None:
    top = project(MONOREPO)
    one, two = top / "libs/one", top / "libs/two"
    first, second, third = (witness(tmp_path, name) for name in ("first", "second", "third"))
    session = await start(top, interpreter=first, args=["-k", "good"])
    await session.until(lambda: len(session.roots) == 3)
    await set_interpreter(session, one, second, ("-k", "bad"))

    for root, token in ((top, "t"), (one, "1"), (two, "2")):
        await run(session, root, token)

    assert (uses(first), uses(second)) == ([str(top), str(two)], [str(one)])
    assert [sorted(session.outcomes(token).values()) for token in "t12"] == [
        ["passed"],
        ["failed"],
        ["passed"],
    ]
    # Another one for all others leaves what a root has of its own.
    await set_interpreter(session, None, third)
    for root, token in ((one, "3"), (two, "4")):
        await run(session, root, token)
    assert (uses(second), uses(third)) == ([str(one), str(one)], [str(two)])


@pytest.mark.asyncio
async def test_an_interpreter_is_kept_for_a_root_that_is_yet_to_come(
    project: Write, start: Start, tmp_path: Path
) -> None:
    top = project({"pytest.ini": INI, "sub/test_a.py": GOOD})
    own = witness(tmp_path, "own")
    session = await start(top, interpreter=None, capabilities=WATCHING)
    await set_interpreter(session, top / "sub", own)

    (top / "sub/pytest.ini").write_text(INI)
    session.touched("sub/pytest.ini")
    await session.until(lambda: roots_of(session) == ["project", "sub"])

    assert (await run(session, top / "sub", "sub")).counts == {"passed": 1}
    assert uses(own) == [str(top / "sub")]
    assert (await run(session, top, "top")).problem is not None


@pytest.mark.asyncio
async def test_nothing_is_watched_twice_for_a_nested_root(project: Write, start: Start) -> None:
    top = project(MONOREPO)

    session = await start(top, capabilities=WATCHING)

    await session.until(lambda: session.watchers and len(session.roots) == 3)
    options = json.dumps(session.converter.unstructure(session.watchers[0].register_options))
    watched = [
        (Path(one["globPattern"]["baseUri"]).name, one["globPattern"]["pattern"])
        for one in json.loads(options)["watchers"]
    ]
    assert [pattern for base, pattern in watched if base in {"one", "two"}] == []
    assert [base for base, pattern in watched if pattern == "v/**"] == [
        ".pytest_cache",
        ".remembered",
        ".pytest_cache",
    ]
