"""Full, read-only, forbidden and vanishing cache directories: the run is what it is without us.

Every fault is shown to three runs of the same tests: ours, pytest's own plugin, and none at all.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.python.plugin.support import OURS
from tests.python.plugin.trials import Run, Trial, remember, values

from pytest_recall import journal

MANY = """
import pytest
@pytest.mark.parametrize("name", [f"{number:090}" for number in range(120)])
def test_c(name): assert False
"""
"""Tests whose ids take more than three pages, and their journal much more."""

NONE = ("-p", "no:cacheprovider")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
needs_root = pytest.mark.skipif(
    not IS_ROOT or sys.platform != "linux", reason="only root on Linux can mount these file systems"
)
PLAIN: tuple[str, ...] = ()
STRICT = ("-W", "error")
STEPS = ("--sw", "--ff")
EVERY_MODE = pytest.mark.parametrize("arguments", [PLAIN, STRICT, STEPS])


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """Return runs without any fault as yet."""
    return Trial(tmp_path)


def check(trial: Trial, arguments: tuple[str, ...]) -> tuple[Run, Run]:
    """Run ours, stock and none; ours must be as none, and say one thing once."""
    none, _ = trial.run("none", *NONE, *(each for each in arguments if each not in OF_CACHE))
    stock, _ = trial.run("stock", *arguments)
    ours, _ = trial.run("ours", *OURS, *arguments)

    assert ours.is_sound, ours.output
    if "--sw" not in arguments:
        assert (ours.status, ours.results) == (none.status, none.results), ours.output
    if stock.results:
        assert (ours.status, ours.results) == (stock.status, stock.results), ours.output
    assert len(ours.warnings) == 1, ours.output
    if "error" not in arguments:
        assert re.search(r"\b1 warning\b", ours.output)
    return ours, stock


OF_CACHE = {*STEPS, "--cache-clear"}


def forbid(path: Path) -> Callable[[], None]:
    """Take all rights to *path* from everybody; return what gives them back."""
    mode = path.stat().st_mode
    path.chmod(0)
    return lambda: path.chmod(mode)


@pytest.fixture
def unprivileged(trial: Trial) -> Trial:
    """Return runs to which modes of files mean something."""
    if IS_ROOT:
        if not shutil.which("setpriv"):
            pytest.skip("root may do everything, and there is no setpriv to change that")
        trial.prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    return trial


@EVERY_MODE
def test_a_file_in_the_place_of_the_cache_directory(
    trial: Trial, arguments: tuple[str, ...]
) -> None:
    for name in ("ours", "stock"):
        (trial.project(name).path / ".pytest_cache").write_text("mine")

    ours, stock = check(trial, arguments)

    assert (trial.folder / "ours" / ".pytest_cache").read_text() == "mine"
    assert "could not create cache path" in ours.warnings[0]
    assert len(trial.journals()) == 1
    # Stock warns for each key, and where warnings are errors its first one ends the report.
    assert len(stock.warnings) > 1 or not stock.results
    assert not list((trial.folder / "ours").glob("pytest-cache-files-*"))


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [("", PLAIN), ("", STRICT), ("", STEPS), ("v", PLAIN), ("v/cache", STRICT)],
)
def test_a_forbidden_directory(
    unprivileged: Trial, folder: str, arguments: tuple[str, ...]
) -> None:
    trial = unprivileged
    known = {name: remember(trial.project(name)) for name in ("ours", "stock")}

    with ExitStack() as stack:
        for name in known:
            stack.callback(forbid(trial.folder / name / ".pytest_cache" / folder))
        ours, _ = check(trial, arguments)

    assert "Permission denied" in ours.warnings[0]
    assert values(trial.project("ours")) == known["ours"]


def test_a_forbidden_value_is_not_written_over(unprivileged: Trial) -> None:
    trial = unprivileged
    known = remember(trial.project("ours"))
    path = trial.folder / "ours" / ".pytest_cache" / "v" / "cache" / "lastfailed"

    give_back = forbid(path)
    run, project = trial.run("ours", *OURS)
    if path.stat().st_mode & 0o777 == 0:
        give_back()

    assert run.is_sound
    assert run.status == 1
    assert len(run.warnings) == 1
    kept = values(project)
    assert known["cache/lastfailed"] in kept.values()


def test_a_directory_above_that_cannot_be_looked_into(unprivileged: Trial) -> None:
    trial = unprivileged
    closed = trial.folder / "closed"
    closed.mkdir()

    give_back = forbid(closed)
    ours, _ = check(trial, ("-o", f"cache_dir={closed}/cache", "--cache-clear"))
    give_back()

    assert "Permission denied" in ours.warnings[0]
    assert not list(closed.iterdir())


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[None]:
    """Mount something onto *folder*."""
    done = subprocess.run(
        ["mount", *arguments, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"root may not mount here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@needs_root
@pytest.mark.parametrize("arguments", [PLAIN, STRICT])
def test_a_read_only_file_system(trial: Trial, arguments: tuple[str, ...]) -> None:
    known = {name: remember(trial.project(name)) for name in ("ours", "stock")}

    with ExitStack() as stack:
        for name in known:
            path = trial.folder / name / ".pytest_cache"
            stack.enter_context(mounted(path, "--bind", str(path)))
            subprocess.run(["mount", "-o", "remount,ro,bind", str(path)], check=True)
        ours, _ = check(trial, arguments)

        assert values(trial.project("ours")) == known["ours"]
    assert "Read-only file system" in ours.warnings[0]
    assert len(trial.journals()) == 1


def fill(folder: Path, spare: int) -> None:
    """Fill the file system of *folder* but for *spare* bytes."""
    size = shutil.disk_usage(folder).free - spare
    (folder / "filling").write_bytes(b"x" * size)


@needs_root
@pytest.mark.parametrize(("pages", "arguments"), [(0, STRICT), (1, STEPS), (3, PLAIN)])
def test_a_full_disk(trial: Trial, arguments: tuple[str, ...], pages: int) -> None:
    with ExitStack() as stack:
        known = {}
        for name in ("ours", "stock"):
            path = trial.project(name).path / ".pytest_cache"
            path.mkdir()
            stack.enter_context(mounted(path, "-t", "tmpfs", "-o", "size=256k", "tmpfs"))
            known[name] = remember(trial.project(name))
            fill(path, pages * 4096)
        for name in (*known, "none"):
            trial.project(name).write({"test_c.py": MANY})
        ours, _ = check(trial, arguments)

        kept, damaged = values(trial.project("ours")), values(trial.project("stock"))
    assert "No space left on device" in ours.warnings[0]
    assert kept == known["ours"]
    assert len(trial.journals()) == (pages == 0)
    # Stock has written over what it could not write anew.
    assert damaged != known["stock"]


def test_a_limit_of_size(trial: Trial) -> None:
    trial.limit = 2000
    known = remember(trial.project("ours"))
    for name in ("ours", "none"):
        trial.project(name).write({"test_c.py": MANY})

    none, _ = trial.run("none", *NONE)
    ours, project = trial.run("ours", *OURS)

    assert (ours.status, ours.results) == (none.status, none.results)
    assert ours.is_sound
    assert len(ours.warnings) == 1
    assert "File too large" in ours.warnings[0]
    assert values(project) == known


@pytest.mark.parametrize("again", [False, True], ids=["removed", "removed and half remade"])
def test_a_directory_removed_during_the_run_is_made_again(trial: Trial, again: bool) -> None:
    removing = "import shutil\ndef test_removes():\n    shutil.rmtree('.pytest_cache')\n"
    removing += "    import os; os.makedirs('.pytest_cache/v')\n" if again else ""
    for name in ("ours", "none"):
        trial.project(name).write({"test_0.py": removing})
    remember(trial.project("ours"))
    (trial.project("none").path / ".pytest_cache").mkdir()

    none, _ = trial.run("none", *NONE)
    ours, project = trial.run("ours", *OURS)

    assert (ours.status, ours.results) == (none.status, none.results)
    assert ours.warnings == []
    assert project.lastfailed() == [
        "test_a.py::test_fails",
        "test_a.py::test_error",
        "test_b.py::test_also_fails",
    ]
    assert "test_0.py::test_removes" in project.nodeids()
    tag = project.path / ".pytest_cache" / "CACHEDIR.TAG"
    assert tag.exists() is not again


@pytest.mark.parametrize("arguments", [PLAIN, STRICT])
def test_a_directory_replaced_by_a_file_during_the_run(
    trial: Trial, arguments: tuple[str, ...]
) -> None:
    replacing = (
        "import pathlib, shutil\ndef test_replaces():\n"
        "    shutil.rmtree('.pytest_cache')\n    pathlib.Path('.pytest_cache').write_text('mine')\n"
    )
    for name in ("ours", "stock", "none"):
        trial.project(name).write({"test_0.py": replacing})
        remember(trial.project(name))

    check(trial, arguments)

    assert (trial.folder / "ours" / ".pytest_cache").read_text() == "mine"


def test_a_file_system_without_locks(trial: Trial) -> None:
    plugin = """
    import errno, fcntl
    def flock(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")
    fcntl.flock = flock
    """
    trial.project("plugins").write({"without_locks.py": plugin})
    shutil.copy(trial.folder / "plugins" / "without_locks.py", trial.folder)
    project = trial.project("ours")
    remember(project)
    runs = project.path / ".pytest_cache" / "d" / "recall" / "runs"
    runs.mkdir(parents=True)
    begin = journal.encode({"event": "run", "format": journal.FORMAT, "time": 1.0})
    living = runs / f"20200101T000000.000000Z-{os.getpid()}-00000000.jsonl"
    dead = runs / f"20200101T000000.000000Z-{2**22 + 1}-00000000.jsonl"
    for path in (living, dead):
        path.write_bytes(begin)

    ours, stock = check(trial, ("-p", "without_locks"))

    assert stock.warnings == []
    assert "cannot be locked against other runs: [Errno 37] No locks available" in ours.warnings[0]
    assert project.lastfailed()[0] == "other.py::test_other"
    assert "test_a.py::test_fails" in project.lastfailed()
    # Whether a run goes on is seen by its process then.
    assert living.read_bytes() == begin
    assert journal.read(dead)[-1]["event"] == "end"


def test_without_the_warnings_plugin_it_is_still_said(trial: Trial) -> None:
    (trial.project("ours").path / ".pytest_cache").write_text("mine")

    run, _ = trial.run("ours", *OURS, "-p", "no:warnings")

    assert run.is_sound
    assert len(run.warnings) == 1


def test_without_a_temporary_directory_there_is_no_journal(unprivileged: Trial) -> None:
    trial = unprivileged
    (trial.project("ours").path / ".pytest_cache").write_text("mine")
    (trial.folder / "tmp").mkdir()

    give_back = forbid(trial.folder / "tmp")
    run, _ = trial.run("ours", *OURS, "--basetemp=here")
    give_back()

    assert run.is_sound
    assert run.status == 1
    assert len(run.warnings) == 1


def test_plugins_that_write_are_told_each_time_as_by_stock(trial: Trial) -> None:
    writes = """
    import pytest
    def test_writes(cache):
        for each in ("my/first", "my/second"):
            with pytest.warns(pytest.PytestCacheWarning, match="could not create cache path"):
                cache.set(each, 1)
    """
    for name in ("ours", "stock"):
        trial.project(name).write({"test_a.py": writes, ".pytest_cache": "mine"})

    ours, _ = trial.run("ours", *OURS, "test_a.py")
    stock, _ = trial.run("stock", "test_a.py")

    assert (ours.status, stock.status) == (0, 0)
    assert len(ours.warnings) == 1
