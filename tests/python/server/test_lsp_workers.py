"""Runs that pytest-xdist distributes, as a client sees them."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
from tests.python.plugin.test_distributed import socket_server
from tests.python.server.conftest import Start, Write
from tests.python.server.settingchange import change
from tests.python.server.support import Session
from tests.python.server.test_lsp_runs import cancel, until_file, until_gone
from tests.python.server.test_terminal_line import terminal

from pytest_recall_server.lsp import protocol
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.runs.workers import names_one

PATIENCE = 120.0
"""Seconds: each worker is a Python that imports pytest."""

FIRST = """\
import os
import pytest


class TestGroup:
    def test_good(self):
        assert "PYTEST_XDIST_WORKER" in os.environ or os.environ.get("ALONE")

    def test_bad(self):
        assert 0, "bad"


@pytest.mark.xdist_group("numbers")
@pytest.mark.parametrize("n", ["a@b", "c"])
def test_many(n):
    assert n == "c"
"""
SECOND = """\
import pytest


@pytest.fixture
def broken():
    raise ValueError("no such coin")


def test_error(broken):
    pass


@pytest.mark.skip(reason="later")
def test_skipped():
    pass


def test_good():
    pass
"""
FILES = {"test_first.py": FIRST, "sub/test_second.py": SECOND}
BAD = "test_first.py::TestGroup::test_bad"
FAILED = {BAD, "test_first.py::test_many[a@b]", "sub/test_second.py::test_error"}

KINDS: dict[str, tuple[protocol.SelectionKind, ...]] = {
    "-n2": ("all", "lastFailed"),
    "-n2 --dist loadscope": ("all", "outstanding"),
    "-n2 --dist loadfile": ("failedFirst",),
    "-n2 --dist loadgroup": ("all", "ids"),
    "-n2 --dist worksteal": ("newFirst",),
    "-n2 --dist each": ("all", "stepwise"),
    "--tx popen --tx popen//chdir=CHDIR --rsyncdir ROOT --dist load": ("all",),
    "--tx 2*popen//env:COIN=penny -d": ("all",),
    "--tx SOCKET --rsyncdir ROOT --dist load": ("all", "lastFailed"),
}
"""What is run in each way to distribute tests; each way begins with all tests."""


LEAN = {"ALONE": "yes", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Spares each worker the import of plugins that are of no use here."""


async def run(
    session: Session,
    kind: protocol.SelectionKind = "all",
    ids: list[str] | None = None,
    exclude: list[str] | None = None,
    token: str = "run",  # noqa: S107
) -> protocol.RunResult:
    """Run tests and wait for the end, as long as workers may take."""
    params = session.run_params(kind, ids or (), exclude or (), token)
    unstructured = session.converter.unstructure(params)
    sent = session.client.protocol.send_request(protocol.RUN, unstructured)
    answer = await asyncio.wait_for(asyncio.wrap_future(sent), PATIENCE)
    return session.converter.structure(answer, protocol.RunResult)


def remembered(root: Path) -> tuple[set[str], list[str]]:
    """Return the ids in `cache/lastfailed` and in `cache/nodeids`."""
    folder = root / ".pytest_cache/v/cache"
    failed, known = (json.loads((folder / key).read_text()) for key in ("lastfailed", "nodeids"))
    return set(failed), known


@pytest.mark.asyncio
async def test_however_tests_are_distributed_all_is_as_without_workers(
    project: Write, start: Start, tmp_path: Path
) -> None:
    root = project(FILES)
    session = await start(root, environment={"ALONE": "yes"})
    await run(session, token="alone")  # noqa: S106
    outcomes, kept = session.outcomes("alone"), remembered(root)
    assert kept[0] == FAILED

    with socket_server(tmp_path / "far") as spec:
        for way, kinds in KINDS.items():
            chdir = str(tmp_path / "elsewhere")
            args = way.replace("SOCKET", spec).replace("ROOT", str(root)).replace("CHDIR", chdir)
            await change(session, args=["-p", "xdist", *args.split()], env=LEAN)
            for key in ("lastfailed", "nodeids", "stepwise"):
                (root / ".pytest_cache/v/cache" / key).unlink(missing_ok=True)
            for kind in kinds:
                token = f"{kind} {way}"
                ids = ["test_first.py", "sub/test_second.py::test_good"] if kind == "ids" else []
                excluded = ["test_first.py::test_many"] if kind == "ids" else []

                await run(session, kind, ids, excluded, token)

                assert remembered(root) == kept, token
                ran = session.outcomes(token)
                match kind:
                    case "lastFailed" | "outstanding":
                        assert ran.keys() == FAILED, token
                    case "ids":
                        assert ran.keys() == {BAD, BAD.replace("bad", "good"), ids[1]}, token
                    case "stepwise":
                        assert "sub/test_second.py::test_error" in ran, token
                        assert ran.keys() < outcomes.keys(), token
                    case _:
                        assert ran == outcomes, token


@pytest.mark.asyncio
async def test_the_setting_gives_workers_and_a_single_test_goes_without(
    project: Write, start: Start
) -> None:
    tests = dict.fromkeys(("test_first.py", "test_more.py"), FIRST)
    session = await start(project(tests), options={"workers": "2"})
    known = "test_first.py::test_many[c]"

    await run(session, "ids", ["test_first.py"])
    assert session.outcomes()["test_first.py::TestGroup::test_good"] == "passed"
    assert "-m pytest -n2 " in terminal(session)

    await run(session, "ids", ["test_first.py::TestGroup::test_good"], token="one")  # noqa: S106
    assert session.outcomes("one") == {"test_first.py::TestGroup::test_good": "failed"}
    assert "-n2" not in terminal(session)

    # Of what runs without workers these are two tests, and one.
    await run(session, "ids", ["test_first.py::test_many"], token="two")  # noqa: S106
    assert "-n2" in terminal(session)
    await run(session, "ids", [known], token="three")  # noqa: S106
    assert (session.outcomes("three"), "-n2" in terminal(session)) == ({known: "passed"}, False)


@pytest.mark.parametrize(
    ("selection", "remembered", "expected"),
    [
        (Selection(kind="all"), ["t.py::a"], False),
        (Selection(kind="ids", ids=("t.py::a",)), [], True),
        (Selection(kind="ids", ids=("t.py",)), [], False),
        (Selection(kind="ids", ids=("t.py::a", "t.py::b")), [], False),
        (Selection(kind="lastFailed"), ["t.py::a"], True),
        (Selection(kind="lastFailed"), [], False),
        (Selection(kind="lastFailed", ids=("t.py",)), ["t.py::a", "u.py::b"], True),
        (Selection(kind="outstanding"), ["t.py::a", "t.py::b"], False),
        (Selection(kind="failedFirst", ids=("t.py::a",)), [], False),
    ],
)
def test_one_id_is_what_a_selection_comes_down_to(
    selection: Selection, remembered: list[str], expected: bool
) -> None:
    assert names_one(selection, remembered) is expected


def python_without_xdist(folder: Path) -> Path:
    """Make a Python in *folder* that has pytest and nothing else."""
    python = folder / "bin/python"
    python.parent.mkdir(parents=True)
    real = Path(sys.executable).resolve()
    python.symlink_to(real)
    config = f"home = {real.parent}\ninclude-system-site-packages = false\n"
    (folder / "pyvenv.cfg").write_text(config)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = folder / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    installed = Path(pytest.__file__).parents[1]
    for name in ("pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments"):
        (packages / name).symlink_to(installed / name)
    for path in installed.glob("pluggy-*.dist-info"):
        (packages / path.name).symlink_to(path)
    return python


@pytest.mark.asyncio
async def test_without_xdist_tests_run_and_it_is_said_how_to_get_it(
    project: Write, start: Start, tmp_path: Path
) -> None:
    python = str(python_without_xdist(tmp_path / "venv"))
    session = await start(
        project({"test_some.py": "def test_a(): pass\ndef test_b(): pass\n"}),
        interpreter=python,
        options={"workers": "4"},
    )

    result = await run(session)

    notice = (
        f"pytestRecall.workers is 4, but {python} has no pytest-xdist: install it with"
        f" `{python} -m pip install pytest-xdist`. The tests run without workers."
    )
    assert (result.exit_status, result.counts, result.problem) == (0, {"passed": 2}, None)
    assert result.notices == [notice]
    assert f"Pytest Recall: {notice}\n" in session.output()


@pytest.mark.asyncio
async def test_results_come_while_workers_run_and_cancelling_ends_all_of_them(
    project: Write, start: Start
) -> None:
    waits = """\
import os, pathlib, time

def test_quick():
    pass

def test_waits():
    name = os.environ["PYTEST_XDIST_WORKER"]
    pathlib.Path(f"{name}.pid").write_text(str(os.getpid()))
    pathlib.Path(f"{name}.waits").touch()
    while True:
        time.sleep(0.01)
"""
    root = project({"test_a.py": waits, "test_b.py": waits})
    session = await start(root, args=["--dist", "loadfile"], options={"workers": "2"})
    params = session.converter.unstructure(session.run_params())
    answer = session.client.protocol.send_request(protocol.RUN, params, msg_id="id-run")
    for worker in ("gw0", "gw1"):
        await until_file(root / f"{worker}.waits")
    quick = {"test_a.py::test_quick": "passed", "test_b.py::test_quick": "passed"}
    await session.until(lambda: session.outcomes() == quick)

    def progress() -> protocol.Progress | None:
        running = session.summary.running if session.summary else None
        # Results are told sooner than how many tests there are to be.
        return running if running is not None and running.total is not None else None

    told_progress = await session.until(progress)
    assert told_progress is not None
    assert told_progress.total == 4
    pids = [int(path.read_text()) for path in root.glob("*.pid")]

    cancel(session, "id-run")

    await until_gone(pids, PATIENCE)
    told = await asyncio.wait_for(asyncio.wrap_future(answer), PATIENCE)
    result = session.converter.structure(told, protocol.RunResult)
    assert len(pids) == 2
    assert (result.cancelled, result.counts["passed"]) == (True, 2)
    unfinished = json.loads((root / ".pytest_cache/v/recall/unfinished").read_text())["ids"]
    assert sorted(unfinished) == ["test_a.py::test_waits", "test_b.py::test_waits"]
    assert not re.search(r"ERROR|INTERNAL", session.output())
