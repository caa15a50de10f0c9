"""Which Python runs pytest where a client names none, and that nothing is started without trust."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write

from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.interpreters import with_interpreter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its Pythons are shell scripts")

MakePython = Callable[[str, str], str]

REAL = f'exec {sys.executable} "$@"'


@pytest.fixture
def make_python(tmp_path: Path) -> MakePython:
    """Return a factory of programs that do what a line of shell says; paths below *tmp_path*."""

    def make(path: str, does: str) -> str:
        program = tmp_path / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
        return str(program)

    return make


def looked_up(places: list[Path], **environment: str) -> str | None:
    runner = Runner(places=tuple(map(str, places)))
    return with_interpreter(runner, environment).interpreter


def test_the_nearest_virtual_environment_counts_also_without_pytest(
    tmp_path: Path, make_python: MakePython
) -> None:
    outer = make_python(".venv/bin/python", "exit 1")
    inner = make_python("libs/venv/bin/python", "exit 1")
    active = make_python("active/bin/python", "exit 1")
    variables = {"VIRTUAL_ENV": str(Path(active).parents[1]), "PATH": ""}

    assert looked_up([tmp_path / "libs", tmp_path], **variables) == inner
    assert looked_up([tmp_path / "apps", tmp_path], **variables) == outer
    assert looked_up([tmp_path / "apps"], **variables) == active


def test_a_common_python_counts_if_it_has_pytest(tmp_path: Path, make_python: MakePython) -> None:
    bare = make_python("bin/python3", "exit 1")
    path = str(Path(bare).parent)
    # The Python of this server has one.
    assert looked_up([tmp_path], PATH=path) == sys.executable
    fitting = make_python("bin/python", REAL)
    assert looked_up([tmp_path], PATH=path) == fitting


def test_a_named_python_and_one_without_trust_are_left_alone(
    tmp_path: Path, make_python: MakePython
) -> None:
    make_python(".venv/bin/python", REAL)
    places = (str(tmp_path),)
    named = Runner(places=places, interpreter="/named")
    untrusted = Runner(places=places, trusted=False)

    assert with_interpreter(named, {}) == named
    assert with_interpreter(untrusted, {}) == untrusted
    assert with_interpreter(Runner(), {}) == Runner()


@pytest.mark.asyncio
@pytest.mark.parametrize("trusted", [None, True])
async def test_a_client_without_settings_of_its_own_has_to_say_that_it_trusts(
    project: Write, start: Start, make_python: MakePython, trusted: bool | None
) -> None:
    root = project({"libs/pytest.ini": "[pytest]\n", "libs/test_some.py": "def test_it(): pass\n"})
    started = root / "started"
    make_python("project/.venv/bin/python", f"touch {started}\n{REAL}")
    options: dict[str, object] = {"interpreter": None, "trusted": trusted}
    session = await start(root / "libs", folders=[root], options=options, warm=True)
    session.open("test_some.py")

    result = await session.run()

    if trusted:
        assert (result.problem, result.counts) == (None, {"passed": 1})
        assert started.exists()
    else:
        assert result.problem is not None
        assert '"trusted": true goes into the initialization options' in result.problem
        assert not started.exists()


@pytest.mark.asyncio
async def test_options_that_are_not_understood_are_shown(project: Write, start: Start) -> None:
    options: dict[str, object] = {"args": "-x"}
    session = await start(project({"test_some.py": "def test_it(): pass\n"}), options=options)

    (shown,) = session.messages
    assert shown.startswith("pytest: The initialization options are not understood: ")
    assert "args" in shown
    assert (await session.run()).problem == shown.removeprefix("pytest: ")
