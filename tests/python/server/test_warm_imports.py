"""What is imported ahead, and what is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.python.server.conftest import Write
from tests.python.server.interpreters import make_environment
from tests.python.server.warming import bench

from pytest_recall_server.runs.command import LAUNCHER
from pytest_recall_server.runs.waiting import start_waiting

TEST = """\
import os, pathlib, random, sys

def test_it(pytestconfig):
    names = [name for name, _ in pytestconfig.pluginmanager.list_name_plugin()]
    values = [hash("x"), random.random(), os.getppid(), "aa_plain" in names, "zz_late" in names]
    pathlib.Path(__file__).with_name("seen.jsonl").write_text(__import__("json").dumps(values))
"""
PLUGIN = "def pytest_report_header():\n    return 'here is {name}'\n"
REWRITTEN = """
def helper():
    one = 1
    assert one == 2
def pytest_report_header():
    try:
        helper()
    except AssertionError as error:
        return f'here is aa_plain: {error}'
"""
TRACES = {
    "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()":
        "has started a thread",
    "import os\nos.environ['ZZ'] = '1'": "has changed environment variables",
    "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)":
        "has changed the handling of signals",
    "import warnings\nwarnings.simplefilter('ignore', ImportWarning)":
        "has changed warning filters",
    "import sys\nsys.path.append('/nowhere')": "has changed sys.path",
    "import os\nos.umask(0)": "has changed the umask",
    "import os\nos.chdir('/')": "has changed the working directory",
    "KEPT = open(__file__)": "has left files open",
    "import warnings\nwarnings.warn('old')": "warns: old",
    "print('hello')": "prints something",
    "import sys\nsys.argv[1:]": "has looked at the arguments",
    "import mine": "imports mine, which is not installed",
    "raise ValueError('broken')": "cannot be imported",
}  # fmt: skip


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return an interpreter with two plugins, of which tests write the second."""
    plugins = {"aa_plain": REWRITTEN, "mm_trace": PLUGIN.format(name="mm_trace")}
    return make_environment(tmp_path_factory.mktemp("trace") / "venv", plugins)


def write_plugin(python: str, source: str) -> None:
    """Let the import of the plugin do what *source* says."""
    plugin = next(Path(python).parents[1].rglob("mm_trace.py"))
    plugin.write_text(f"{source}\n{PLUGIN.format(name='mm_trace')}")


@pytest.mark.asyncio
@pytest.mark.parametrize(("source", "why"), TRACES.items(), ids=TRACES.values())
async def test_an_import_that_leaves_a_trace_spoils_the_process(
    project: Write, python: str, source: str, why: str
) -> None:
    write_plugin(python, source)
    root = project({"test_it.py": TEST, "lib/mine.py": "open('imported', 'a').write('x')\n"})
    async with bench(root, python, more={"PYTHONPATH": str(root / "lib")}) as runs:
        recipe = runs.starter._recipe(runs.runner, runs.conditions())
        waiting = await start_waiting(LAUNCHER, recipe, None, runs.watchdog)
        await waiting.settled.wait()
        waiting.retire()
        await waiting.ended()

    assert waiting.spoiled is not None
    assert waiting.spoiled.plugin == "mm_trace"
    assert why in waiting.spoiled.why
    assert not (root / "imported").exists()


@pytest.mark.asyncio
async def test_a_plugin_that_leaves_a_trace_is_imported_by_the_run_itself(
    project: Write, python: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    source, why = next(iter(TRACES.items()))
    write_plugin(python, source)
    root = project({"test_it.py": TEST})
    async with bench(root, python) as runs:
        await runs.ready()
        warm = await runs.run()
        cold = await runs.run("it is asked for")

    assert f"Runs import mm_trace themselves: it {why}" in caplog.messages
    assert "run is warm" in caplog.messages
    assert (warm.status, warm.plain) == (cold.status, cold.plain)
    assert "here is aa_plain: assert 1 == 2" in warm.plain
    assert "here is mm_trace" in warm.plain


@pytest.mark.asyncio
async def test_what_is_imported_ahead_is_new_for_every_run_and_when_it_changes(
    project: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    python = make_environment(tmp_path / "venv", {"aa_plain": PLUGIN.format(name="aa_plain")})
    root = project({"test_it.py": TEST})
    seen = []
    async with bench(root, python) as runs:
        for _ in range(3):
            await runs.ready()
            await runs.run()
            seen.append(await asyncio.to_thread((root / "seen.jsonl").read_text))
        assert caplog.messages.count("run is warm") == 3
        await runs.ready()
        plugin = next((tmp_path / "venv").rglob("aa_plain.py"))
        plugin.write_text(PLUGIN.format(name="another"))
        changed = await runs.run()
        await runs.ready()
        (plugin.parent / "added.dist-info").mkdir()
        await runs.run()
        await runs.ready()
        await runs.run()

    hashes, numbers, parents = (
        {line.strip("[]").split(", ")[index] for line in seen} for index in range(3)
    )
    assert (len(hashes), len(numbers), len(parents)) == (3, 3, 3)
    assert "here is another" in changed.plain
    reasons = [each for each in caplog.messages if each.startswith("run is cold")]
    assert reasons == [f"run is cold: {plugin} changed", f"run is cold: {plugin.parent} changed"]
    assert caplog.messages.count("run is warm") == 4
