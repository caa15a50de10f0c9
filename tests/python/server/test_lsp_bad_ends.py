"""Runs that come to nothing or to a bad end: what people are told, and what is kept."""

from __future__ import annotations

# a token names a run
import os
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import write_files

from pytest_recall_server.lsp import protocol

SOME = "def test_good(): ...\n\n\ndef test_bad(): assert 0\n"
BOTH = {"passed": 1, "failed": 1}


@attrs.frozen(kw_only=True)
class Case:
    """A project with something wrong in it, and how a run of it ends."""

    files: dict[str, str] = attrs.field(factory=dict)
    args: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """What the sentence for people says; nothing: there is none."""
    counts: dict[str, int] = attrs.field(factory=dict)


def conftest(text: str, *words: str, counts: dict[str, int] | None = None) -> Case:
    """Return the case of a conftest.py."""
    return Case(files={"conftest.py": text}, words=words, counts=counts or {})


def addopts(text: str, *words: str, counts: dict[str, int] | None = None) -> Case:
    """Return the case of options in the configuration."""
    files = {"pytest.ini": f"[pytest]\naddopts = {text}\n"}
    return Case(files=files, words=words, counts=counts or {})


def hook(name: str, body: str) -> str:
    """Return a conftest.py with one hook."""
    return f"import os\n\n\ndef {name}():\n    {body}\n"


DIES = "os._exit(3)"
CLOSES = "os.close(1); os.close(2)"
DEAD = ("ended before its run was over (exit status 3)", "what it had told is kept")

CASES = {
    "a plugin that is not there": Case(
        args=("-p", "nonexistent"),
        words=("cannot load the plugin nonexistent", "install it for", "pytestRecall.args"),
    ),
    "a plugin of conftest.py that is not there": conftest(
        "pytest_plugins = ['nonexistent']\n", "cannot load the plugin nonexistent", "pytest_plugins"
    ),
    "a plugin that raises": Case(
        files={"broken_plugin.py": "raise RuntimeError('from a plugin')\n"},
        args=("-p", "broken_plugin"),
        words=("cannot load the plugin broken_plugin", "RuntimeError: from a plugin"),
    ),
    "a conftest.py that raises": conftest(
        "raise RuntimeError('no database')\n", "conftest.py", "RuntimeError: no database"
    ),
    "a conftest.py with a syntax error": conftest("def x(:\n", "conftest.py", "SyntaxError"),
    "a conftest.py that ends the process": conftest(
        f"import os\n\n{DIES}\n", "without a word (exit status 3)", "os._exit"
    ),
    "a conftest.py that ends the process as if all were well": conftest(
        "import os\n\nos._exit(0)\n", "No test was run"
    ),
    "a hook that ends the process before the tests": conftest(
        hook("pytest_collection_modifyitems", DIES), *DEAD
    ),
    "a hook that ends the process in a test": conftest(
        hook("pytest_runtest_setup", DIES), *DEAD, "while it ran test_some.py::test_good"
    ),
    "a hook that ends the process after the tests": conftest(
        hook("pytest_sessionfinish", DIES), *DEAD, counts=BOTH
    ),
    "a hook that raises": conftest(
        hook("pytest_collection_modifyitems", "raise RuntimeError('hook')"),
        "internal error (RuntimeError: hook)",
    ),
    "a hook that raises before there is a session": conftest(
        hook("pytest_configure", "raise RuntimeError('early')"),
        "internal error (RuntimeError: early)",
    ),
    "a conftest.py that closes the output": conftest(f"import os\n\n{CLOSES}\n", counts=BOTH),
    "a test that closes the output without capture": Case(
        files={"test_some.py": f"import os\n\n\ndef test_closes():\n    {CLOSES}\n"},
        args=("-s",),
        words=("internal error that it could not print", "closed its output"),
    ),
    "no cacheprovider": addopts("-p no:cacheprovider", counts=BOTH),
    "no cacheprovider by the arguments": Case(
        args=("-p", "no:cacheprovider"), words=("kept no journal", "-p no:cacheprovider")
    ),
    "no terminal": addopts("-p no:terminal", counts=BOTH),
    "not our plugin": addopts("-p no:pytest_recall.plugin", counts=BOTH),
    "workers": addopts("-n auto", counts=BOTH),
    "last failed": addopts("--lf", counts=BOTH),
    "quiet": addopts("-q -q", counts=BOTH),
    "colourless": addopts("--color=no", counts=BOTH),
    "only collecting": addopts("--collect-only", "only collected", "take --collect-only"),
    "only telling": Case(args=("--version",), words=("No test was run", "--version", "pytest 9")),
    "no journal": Case(
        files={"pytest.ini": "[pytest]\nrecall_journal = no\n"}, words=("`recall_journal`",)
    ),
    "an option that is unknown": Case(
        files={"pytest.ini": "[pytest]\nnosuch = 1\naddopts = --strict-config\n"},
        words=("Unknown config option: nosuch",),
    ),
}


def folder_of(base: Path, number: int, case: Case) -> Path:
    """Write the project of *case* into a folder of its own."""
    root = base / f"case{number}"
    return write_files(root, {"pytest.ini": "[pytest]\n", "test_some.py": SOME, **case.files})


@pytest.mark.asyncio
async def test_a_run_that_goes_wrong_says_what_is_wrong_and_what_to_do(
    tmp_path: Path, start: Start
) -> None:
    roots = [folder_of(tmp_path, number, case) for number, case in enumerate(CASES.values())]
    session = await start(roots[0], folders=roots)
    wrong = {}

    for root, (name, case) in zip(roots, CASES.items(), strict=True):
        session.root = root
        params = protocol.SetInterpreterParams(
            interpreter=protocol.Interpreter(path=sys.executable),
            args=list(case.args),
            trusted=True,
            root=session.root_uri,
            env={"PYTHONPATH": str(root), "PYTEST_XDIST_AUTO_NUM_WORKERS": "1"},
        )
        await session.request(protocol.SET_INTERPRETER, params, type(None))
        result = await session.run(token=name)
        problem = result.problem or ""
        said = all(word in problem for word in case.words) and bool(problem) == bool(case.words)
        if not said or result.counts != case.counts:
            wrong[name] = (problem, result.counts)

    assert wrong == {}


@pytest.mark.asyncio
async def test_an_interpreter_that_is_none_any_more_is_named(
    project: Write, start: Start, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    session = await start(project({"test_some.py": SOME}), interpreter=str(python))
    assert (await session.run()).counts == BOTH
    said = []

    def script(text: str) -> None:
        python.write_text(text)
        python.chmod(0o755)

    changes: list[Callable[[], object]] = [
        python.unlink,
        python.mkdir,
        python.rmdir,
        lambda: script("#!/bin/sh\necho no snake\n"),
        lambda: script("#!/bin/sh\necho no snake; exit 3\n"),
        lambda: script("#!/nowhere/python\n"),
        lambda: python.chmod(0o644),
    ]
    for number, change in enumerate(changes):
        change()
        result = await session.run(token=f"run {number}")
        said.append((result.problem or "").replace(str(python), "PYTHON"))

    assert said == [
        "The Python interpreter PYTHON does not exist: choose another.",
        "The Python interpreter PYTHON is a folder: choose another.",
        "The Python interpreter PYTHON does not exist: choose another.",
        (
            "No test was run: pytest began no run. Look for options such as --help or --version in"
            " pytestRecall.args, addopts and PYTEST_ADDOPTS, and whether PYTHON is a Python."
            " It said: no snake"
        ),
        "pytest ended before it could run any test: no snake",
        "PYTHON cannot be started (No such file or directory): choose another.",
        "The Python interpreter PYTHON cannot be executed: choose another.",
    ]
    assert session.records["test_some.py::test_bad"].message == "assert 0"


@pytest.mark.asyncio
async def test_more_output_than_anybody_reads_is_cut_with_a_word(
    project: Write, start: Start
) -> None:
    text = (
        "def test_talks():\n    for _ in range(200):\n        print('x' * 99_999)\n    assert 0\n"
        "\n\ndef test_after(): ...\n"
    )
    session = await start(project({"test_some.py": text}), args=["-s"])

    result = await session.run()

    output = session.output()
    assert result.counts == BOTH
    assert 8_000_000 < len(output) < 9_000_000
    assert "[Pytest Recall: there is more output than is shown]" in output
    assert " characters are left out here]" in output
    assert "1 failed" in output[-200:]
    status = await session.request(protocol.STATUS, None, protocol.StatusResult)
    assert status.memory is None or status.memory < 400_000_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.asyncio
async def test_what_a_forked_child_of_a_test_does_is_not_told(project: Write, start: Start) -> None:
    forks = (
        "import os\nimport sys\n\n\ndef fork():\n    child = os.fork()\n    if child:\n"
        "        os.waitpid(child, 0)\n    return child == 0\n\n\n"
        "def test_goes_on(): fork()\n\n\n"
        "def test_exits():\n    if fork():\n        sys.exit(3)\n\n\ndef test_fails(): assert 0\n"
    )
    session = await start(project({"test_some.py": forks}))

    result = await session.run()

    told = [
        event.record.id
        for events in session.events
        for event in events.events
        if event.kind == "finished" and event.record is not None
    ]
    names = ("goes_on", "exits", "fails")
    assert told == [f"test_some.py::test_{name}" for name in names]
    assert result.counts == {"passed": 2, "failed": 1}
    assert result.problem is None
    assert session.summary is not None
    assert session.summary.failed == 1
