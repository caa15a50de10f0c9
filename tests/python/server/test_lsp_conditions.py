"""Working directory and environment of runs, as tests see them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.settingchange import change
from tests.python.server.test_terminal_line import ran_by, terminal

from pytest_recall_server.lsp import protocol

DUMP = """\
import json, os, pathlib

def test_dump():
    seen = {"cwd": os.getcwd(), "environ": dict(os.environ)}
    pathlib.Path(__file__).with_name("seen.json").write_text(json.dumps(seen))
"""
BAD = "def test_bad(): assert 0\ndef test_good(): pass\n"
INI = "[pytest]\ntestpaths = checks\n"


def seen(root: Path) -> tuple[str, dict[str, str]]:
    """Return the working directory and the environment that the test has found."""
    told = json.loads((root / "seen.json").read_text())
    return told["cwd"], told["environ"]


@pytest.mark.asyncio
async def test_without_settings_a_test_finds_what_the_server_has(
    project: Write, start: Start
) -> None:
    root = project({"test_dump.py": DUMP, ".env": "FROM_FILE=1\n"})
    session = await start(root, environment={"OURS": "kept"})

    await session.run()

    cwd, environ = seen(root)
    assert cwd == str(root)
    assert environ["OURS"] == "kept"
    assert "FROM_FILE" not in environ


@pytest.mark.asyncio
async def test_the_setting_counts_before_the_file_and_the_file_before_the_environment(
    project: Write, start: Start
) -> None:
    file = "FILE_ONLY=a\nBOTH=file\nALL=file\nMORE=${BASE}+file\nREMOVED=file\n"
    root = project({"test_dump.py": DUMP, "conf/.env": file})
    session = await start(
        root,
        environment={"BASE": "server", "ALL": "server", "FILE_ONLY": "server", "GONE": "server"},
        options={
            "envFile": str(root / "conf/.env"),
            "env": {"BOTH": "setting", "ALL": "setting", "GONE": None, "REMOVED": None},
        },
    )

    await session.run()

    _, environ = seen(root)
    names = ["FILE_ONLY", "BOTH", "ALL", "MORE", "BASE"]
    assert [environ[name] for name in names] == ["a", "setting", "setting", "server+file", "server"]
    assert environ.keys().isdisjoint({"GONE", "REMOVED"})


@pytest.mark.asyncio
async def test_a_changed_file_or_setting_holds_for_the_next_run(
    project: Write, start: Start
) -> None:
    root = project({"test_dump.py": DUMP, ".env": "A=1\n", "sub/.keep": ""})
    session = await start(root, options={"envFile": str(root / ".env")})
    await session.run()
    before = seen(root)[1]["A"]

    (root / ".env").write_text("A=2\n")
    await session.run()
    of_file = seen(root)[1]["A"]
    await change(session, cwd=str(root / "sub"), env={"A": "3"})
    await session.run()

    assert (before, of_file) == ("1", "2")
    assert seen(root)[0] == str(root / "sub")
    assert seen(root)[1]["A"] == "3"


@pytest.mark.asyncio
async def test_a_line_of_the_file_that_is_not_understood_is_named_in_the_output(
    project: Write, start: Start
) -> None:
    root = project({"test_dump.py": DUMP, ".env": "A=1\nwhat is this\n"})
    session = await start(root, options={"envFile": str(root / ".env")})

    result = await session.run()

    assert (result.exit_status, result.problem) == (0, None)
    note = f"Pytest Recall: {root / '.env'}:2 is not understood and passed over.\n"
    assert session.output().startswith(note)
    assert seen(root)[1]["A"] == "1"


@pytest.mark.asyncio
async def test_what_keeps_a_run_from_its_conditions_is_a_sentence_that_says_what_to_do(
    project: Write, start: Start
) -> None:
    root = project({"test_dump.py": DUMP, "latin": "", "folder/.keep": ""})
    (root / "latin").write_bytes(b"A=\xe4")
    session = await start(root)

    async def problem(**members: object) -> str | None:
        await change(session, **members)
        result = await session.run()
        assert result.exit_status is None
        return result.problem

    nowhere = str(root / "nowhere")
    other = "or change the setting pytestRecall.envFile."
    assert await problem(cwd=nowhere) == (
        f"The working directory {nowhere} does not exist: create it, or change the setting"
        " pytestRecall.cwd (or python.testing.cwd, where that is empty)."
    )
    assert "is no folder: " in str(await problem(cwd=str(root / "latin")))
    assert await problem(envFile=nowhere) == (
        f"The environment file {nowhere} does not exist: create it, {other}"
    )
    assert await problem(envFile=str(root / "latin")) == (
        f"The environment file {root / 'latin'} cannot be read (it is not UTF-8): mend it, {other}"
    )
    assert "cannot be read (Is a directory)" in str(await problem(envFile=str(root / "folder")))
    assert "change the setting pytestRecall.env." in str(await problem(env={"A=B": "c"}))
    assert not (root / "seen.json").exists()


@pytest.mark.asyncio
async def test_a_file_that_may_be_missing_is_no_problem_and_a_broken_one_a_word_in_the_output(
    project: Write, start: Start
) -> None:
    root = project({"test_dump.py": DUMP, "latin": ""})
    (root / "latin").write_bytes(b"A=\xe4")
    session = await start(root, options={"envFile": str(root / "nowhere"), "envFileOptional": True})

    missing = await session.run()
    quiet = session.output()
    await change(session, envFile=str(root / "latin"), envFileOptional=True)
    broken = await session.run()

    assert (missing.exit_status, missing.problem) == (0, None)
    assert "environment file" not in quiet
    assert (broken.exit_status, broken.problem) == (0, None)
    assert "latin cannot be read (it is not UTF-8)" in session.output()


FILES = {
    "pytest.ini": INI,
    "checks/conftest.py": "def pytest_addoption(parser): parser.addoption('--theirs')\n",
    "checks/test_a.py": BAD,
    "checks/deep/test_b.py": BAD,
    "elsewhere/test_c.py": BAD,
    "elsewhere/data.txt": "",
}


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["elsewhere", "checks/deep", "..", "/"])
async def test_from_another_working_directory_the_same_tests_run_into_the_same_cache(
    where: str, project: Write, start: Start
) -> None:
    root = project(FILES)
    cwd = (root / where).resolve()
    session = await start(root, args=["--theirs=x"], options={"cwd": str(cwd)})

    everything = await session.run()
    ran = session.outcomes()
    failed = json.loads((root / ".pytest_cache/v/cache/lastfailed").read_text())
    session.events.clear()
    await session.run("lastFailed")
    rerun = session.outcomes()
    session.events.clear()
    await session.run("ids", ["checks/deep", "elsewhere/test_c.py::test_good"])

    assert everything.problem is None
    names = ["checks/test_a.py", "checks/deep/test_b.py"]
    assert sorted(ran) == sorted(f"{name}::test_{one}" for name in names for one in ("bad", "good"))
    assert sorted(failed) == sorted(rerun) == sorted(f"{name}::test_bad" for name in names)
    assert sorted(session.outcomes()) == [
        "checks/deep/test_b.py::test_bad",
        "checks/deep/test_b.py::test_good",
        "elsewhere/test_c.py::test_good",
    ]
    assert [path for path in root.rglob(".pytest_cache") if path != root / ".pytest_cache"] == []


@pytest.mark.asyncio
async def test_the_line_for_a_terminal_runs_the_same_from_that_working_directory(
    project: Write, start: Start
) -> None:
    root = project({**FILES, "checks/conftest.py": ""})
    session = await start(root, options={"cwd": str(root / "elsewhere")})

    await session.run()

    line = terminal(session)
    assert line.startswith(f"cd {root / 'elsewhere'} && ")
    assert line.endswith(" -m pytest ../checks")
    # pytest itself shows paths relative to where it is invoked.
    assert [Path(one).name for one in await ran_by(line, root.parent)] == [
        Path(one).name for one in sorted(session.outcomes())
    ]


@pytest.mark.asyncio
async def test_a_working_directory_and_a_root_behind_links_make_no_difference(
    project: Write, start: Start, tmp_path: Path
) -> None:
    real = project({**FILES, "checks/conftest.py": ""})
    root = tmp_path / "links/root"
    cwd = tmp_path / "links/deep/cwd"
    cwd.parent.mkdir(parents=True)
    root.symlink_to(real)
    cwd.symlink_to(real / "elsewhere")
    session = await start(root, options={"cwd": str(cwd)})

    result = await session.run()

    names = ["checks/deep/test_b.py", "checks/test_a.py"]
    ran = sorted(session.outcomes())
    assert result.problem is None
    assert ran == [f"{name}::test_{one}" for name in names for one in ("bad", "good")]
    assert terminal(session).startswith(f"cd {cwd} && ")
    line_ran = await ran_by(terminal(session), tmp_path)
    assert [Path(one).name for one in line_ran] == [Path(one).name for one in ran]


@pytest.mark.asyncio
async def test_paths_among_the_arguments_say_what_runs_and_are_relative_to_the_working_directory(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    session = await start(root, args=["deep"], options={"cwd": str(root / "checks")})

    result = await session.run()

    assert result.problem is None
    assert sorted(session.outcomes()) == [
        "checks/deep/test_b.py::test_bad",
        "checks/deep/test_b.py::test_good",
    ]


@pytest.mark.asyncio
async def test_a_working_directory_that_makes_another_rootdir_is_refused_with_the_cure(
    tmp_path: Path, start: Start
) -> None:
    root = tmp_path / "bare"
    (root / "sub").mkdir(parents=True)
    (root / "test_a.py").write_text(BAD)
    session = await start(root, options={"cwd": str(tmp_path)})

    refused = await session.run()
    await change(session, cwd=str(root / "sub"))
    inside = await session.run()
    (root / "setup.py").touch()
    await change(session, cwd=str(tmp_path))
    anchored = await session.run()

    assert refused.problem == (
        f"In {tmp_path} pytest would take {tmp_path} for the root of these tests, and not {root}:"
        f" add a pytest.ini to {root}, or set pytestRecall.cwd to a folder in it."
    )
    assert (inside.problem, inside.counts) == (None, {"passed": 1, "failed": 1})
    assert (anchored.problem, anchored.counts) == (None, {"passed": 1, "failed": 1})


@pytest.mark.asyncio
async def test_arguments_that_make_another_rootdir_are_named_as_the_cause(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": BAD, "sub/test_b.py": BAD})
    session = await start(root, args=["--rootdir=sub"])

    result = await session.run()

    assert result.problem == (
        f"pytest has run with the rootdir {root / 'sub'}, and not {root}: look for paths and"
        " --rootdir in the arguments of pytest, and at its working directory."
    )


@pytest.mark.asyncio
async def test_collecting_has_the_conditions_of_a_run(project: Write, start: Start) -> None:
    test = "import os\nfor name in os.environ['NAMES'].split(): globals()[name] = lambda: None\n"
    root = project({"test_a.py": test, "sub/.keep": "", ".env": "NAMES=test_x test_y\n"})
    session = await start(root, options={"cwd": str(root / "sub"), "envFile": str(root / ".env")})

    found = await session.request(protocol.COLLECT, session.root_params(), protocol.CollectResult)

    assert (found.tests, found.errors, found.problem) == (2, 0, None)
