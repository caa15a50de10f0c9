"""`--cache-clear` removes what a cache holds, and nothing that may be a user's own."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.plugin.support import OURS, SOURCES, Pair, Project

from pytest_recall import clearing, journal
from pytest_recall.journalwriter import Writer

FAILS = {"test_a.py": "def test_a(): assert 0\n"}
KEEPS = """
def pytest_configure(config):
    if not config.option.cacheclear:
        config.cache.set("plugin/value", 1)
        (config.cache.mkdir("plugin") / "file").write_text("text")
"""


def test_a_cache_is_cleared_of_what_plugins_keep_too(pair: Pair) -> None:
    pair.write({**FAILS, "conftest.py": KEEPS})
    pair.run()
    for project in (pair.stock, pair.ours):
        (project.path / ".pytest_cache" / "mine").write_text("mine")

    stock, ours = pair.run("--cache-clear")

    for project, outcome in ((pair.stock, stock), (pair.ours, ours)):
        base = project.path / ".pytest_cache"
        assert "warning" not in outcome.output
        assert not (base / "v" / "plugin").exists()
        assert not (base / "d" / "plugin").exists()
        assert (base / "mine").read_text() == "mine"
        assert (base / "CACHEDIR.TAG").exists()


def test_a_cache_in_a_folder_that_was_there_is_cleared(project: Project) -> None:
    project.write({**FAILS, "conftest.py": KEEPS})
    (project.path / ".pytest_cache").mkdir()
    project.ours()
    assert not (project.path / ".pytest_cache" / "CACHEDIR.TAG").exists()

    outcome = project.ours("--cache-clear")

    assert "warning" not in outcome.output
    assert not (project.path / ".pytest_cache" / "v" / "plugin").exists()
    assert not (project.path / ".pytest_cache" / "d" / "plugin").exists()


@pytest.mark.parametrize("used", [False, True], ids=["never used", "used as a cache too"])
def test_folders_of_a_users_own_survive(pair: Pair, used: bool) -> None:
    pair.write({**FAILS, "d/data.txt": "mine", "v/video/1": "mine", "v/2": "mine"})
    if used:
        pair.run("-o", "cache_dir=.")

    _, ours = pair.run("-o", "cache_dir=.", "--cache-clear")

    kept = pair.ours.path
    assert (kept / "d" / "data.txt").read_text() == "mine"
    assert (kept / "v" / "video" / "1").read_text() == "mine"
    assert (kept / "v" / "2").read_text() == "mine"
    assert ours.status == 1
    assert ours.output.count("PytestCacheWarning") == 1
    assert (
        f"what is not pytest's was left in v and d of {kept}, which has no"
        " CACHEDIR.TAG and other contents: remove it by hand if it is not needed"
    ) in ours.output
    # Stock removes both with all that is in them.
    assert not (pair.stock.path / "d").exists()
    assert not (pair.stock.path / "v" / "video").exists()


def test_what_is_pytests_goes_from_a_folder_that_is_no_cache(project: Project) -> None:
    project.write(FAILS)
    project.ours("-o", "cache_dir=.")
    first = json.loads((project.path / "v" / "cache" / "lastfailed").read_text())

    outcome = project.ours("-o", "cache_dir=.", "--cache-clear", "--lf", "--recall-readonly")

    assert first == {"test_a.py::test_a": True}
    assert "no previously failed tests" in outcome.output
    assert "warning" not in outcome.output
    assert not (project.path / "v").exists()


def test_a_link_of_a_user_is_left_where_there_is_no_cache(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (outside / "cache").mkdir(parents=True)
    (outside / "cache" / "value").write_text("mine")
    folder.mkdir()
    (folder / "notes").touch()
    (folder / "v").symlink_to(outside)

    left = clearing.clear(folder)

    assert "what is not pytest's was left in v of" in left
    assert (folder / "v" / "cache" / "value").read_text() == "mine"
    assert not (folder / "d").exists()


@pytest.mark.parametrize(
    ("content", "is_cache"),
    [
        (b"Signature: 8a477f597d28d172789f06886806bc55", True),
        (b"Signature: 8a477f597d28d172789f06886806bc55\n# created by pytest", True),
        (b"Signature: 8a477f597d28d172789f06886806bc5", False),
        (b"", False),
    ],
)
def test_the_tag_counts_by_its_signature(tmp_path: Path, content: bytes, is_cache: bool) -> None:
    (tmp_path / "CACHEDIR.TAG").write_bytes(content)
    (tmp_path / "other").touch()

    assert clearing.is_cache(tmp_path) is is_cache


def test_links_in_folders_of_plugins_are_removed_and_not_followed(
    project: Project, tmp_path: Path
) -> None:
    project.write(FAILS)
    project.ours()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    base = project.path / ".pytest_cache"
    (base / "d" / "plugin").mkdir()
    (base / "d" / "plugin" / "folder").symlink_to(outside)
    (base / "d" / "plugin" / "file").symlink_to(outside / "file")
    (base / "v" / "plugin").symlink_to(outside)

    outcome = project.ours("--cache-clear")

    assert "warning" not in outcome.output
    assert not (base / "d" / "plugin").exists()
    assert not (base / "v" / "plugin").exists()
    assert (outside / "file").read_text() == "mine"


def test_what_may_not_be_removed_is_made_removable_as_stock_does(tmp_path: Path) -> None:
    closed = tmp_path / "d" / "plugin" / "closed"
    closed.mkdir(parents=True)
    (closed / "file").write_text("text")
    (closed / "file").chmod(0o400)
    closed.chmod(0o500)
    code = (
        "import sys; from pathlib import Path; from pytest_recall.clearing import clear;"
        "print(repr(clear(Path(sys.argv[1]))))"
    )
    done = subprocess.run(
        [*without_privileges(), sys.executable, "-c", code, str(tmp_path)],
        env=clean_environment() | {"PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "''\n"
    assert not closed.exists()


def without_privileges() -> list[str]:
    """Return a command before which modes of files mean something, also to root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v" / "cache" / "lastfailed"
    path.parent.mkdir(parents=True)
    path.touch()
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if self == path:
            raise OSError(errno.EBUSY, "Device or resource busy", str(self))
        real(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)

    told = clearing.clear(tmp_path)

    assert told.startswith("not everything of the cache could be removed: ")
    assert f"busy: '{path}'" in told


def test_journals_of_living_runs_stay(project: Project) -> None:
    project.write(FAILS)
    project.ours()
    runs = project.journals()[0].parent
    living = Writer(runs / f"{journal.new_run_id()}.jsonl", {"event": "run", "format": 1})

    project.ours("--cache-clear")
    left = set(project.journals())
    living.close()
    project.ours("--cache-clear")

    assert living.path in left
    assert len(left) == 2
    assert len(project.journals()) == 1


def test_where_warnings_are_errors_it_is_printed(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n", "d/data.txt": "mine"})

    outcome = project.ours(*OURS, "-o", "cache_dir=.", "--cache-clear", "-W", "error")

    assert outcome.status == 0
    assert "warning: what is not pytest's was left in d of" in outcome.output
