"""Keys and links do not lead out of the cache directory, under any version of pytest."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.python.plugin.support import OURS, SOURCES, Project
from tests.python.plugin.trials import KNOWN, Trial, remember

from pytest_recall import journal, keys, links, store

POSIX = PurePosixPath("/p/.pytest_cache/v")
WINDOWS = PureWindowsPath("C:\\p\\.pytest_cache\\v")
ESCAPES = "is not allowed to escape the cache directory"


@pytest.mark.parametrize(
    ("base", "key", "path"),
    [
        (POSIX, "cache/lastfailed", "/p/.pytest_cache/v/cache/lastfailed"),
        (POSIX, "plugin/sub/../value", "/p/.pytest_cache/v/plugin/value"),
        (POSIX, "../v/value", "/p/.pytest_cache/v/value"),
        (POSIX, "a//./b", "/p/.pytest_cache/v/a/b"),
        (POSIX, "..value", "/p/.pytest_cache/v/..value"),
        (POSIX, "C:\\x", "/p/.pytest_cache/v/C:\\x"),
        (POSIX, "", "/p/.pytest_cache/v"),
        (PurePosixPath("/p/../q/v"), "a/../b", "/p/../q/v/b"),
        (WINDOWS, "cache/lastfailed", "C:\\p\\.pytest_cache\\v\\cache\\lastfailed"),
        (WINDOWS, "plugin\\sub\\..\\value", "C:\\p\\.pytest_cache\\v\\plugin\\value"),
    ],
)
def test_a_key_names_a_path_below(base: PurePath, key: str, path: str) -> None:
    assert str(keys.path_of_key(base, key)) == path


@pytest.mark.parametrize(
    ("base", "key"),
    [
        (POSIX, ".."),
        (POSIX, "../escaped"),
        (POSIX, "plugin/../../escaped"),
        (POSIX, "../vicious/value"),
        (POSIX, "/absolute"),
        (POSIX, "//absolute"),
        (POSIX, "/p/.pytest_cache/v/inside"),
        (PurePosixPath("/p/../q/v"), "../x"),
        (WINDOWS, "..\\escaped"),
        (WINDOWS, "plugin/..\\../escaped"),
        (WINDOWS, "C:\\absolute"),
        (WINDOWS, "C:/p/.pytest_cache/v/inside"),
        (WINDOWS, "c:relative"),
        (WINDOWS, "D:relative"),
        (WINDOWS, "\\rooted"),
        (WINDOWS, "\\\\server\\share\\value"),
        (WINDOWS, "\\\\?\\C:\\value"),
    ],
)
def test_a_key_that_leads_elsewhere_is_refused_in_the_words_of_pytest_9_2(
    base: PurePath, key: str
) -> None:
    with pytest.raises(ValueError, match=ESCAPES) as caught:
        keys.path_of_key(base, key)

    assert str(caught.value) == f"{key!r} {ESCAPES}"


@pytest.mark.parametrize("base", [POSIX, WINDOWS])
def test_a_key_with_a_nul_is_refused(base: PurePath) -> None:
    with pytest.raises(ValueError, match=r"'a.*b' is not allowed to contain a NUL character"):
        keys.path_of_key(base, "a\0b")


@pytest.mark.parametrize(
    ("base", "name"), [(POSIX, "a/b"), (WINDOWS, "a\\b"), (WINDOWS, "C:a"), (POSIX, "/a")]
)
def test_a_name_with_separators_is_refused_in_pytests_words(base: PurePath, name: str) -> None:
    with pytest.raises(ValueError, match=r"^name is not allowed to contain path separators$"):
        keys.path_of_name(base, name)


@given(
    st.sampled_from([POSIX, WINDOWS, PurePosixPath("/a/../b/v")]),
    st.lists(st.sampled_from(["..", ".", "a", "v", "/", "\\", "C:", "", " "]), max_size=8),
)
def test_no_key_ever_leads_out(base: PurePath, parts: list[str]) -> None:
    for joiner in ("", "/", "\\"):
        try:
            path = keys.path_of_key(base, joiner.join(parts))
        except ValueError:
            continue
        assert path.is_relative_to(base)
        assert ".." not in path.relative_to(base).parts


PROBE = """
import json, pathlib
KEYS = ["../escaped", "plugin/../../../escaped", "/absolute", "a\\0b", "plugin/sub/../value"]
NAMES = ["..", "a/b", "/", "a\\0b", "name"]
def tell(call, *arguments):
    try:
        call(*arguments)
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    return "done"
def test_probe(cache):
    KEYS[2] = str(pathlib.Path.cwd().parent / "absolute")
    told = {
        "set": [tell(cache.set, key, 1) for key in KEYS],
        "get": [tell(cache.get, key, None) for key in KEYS],
        "mkdir": [tell(cache.mkdir, name) for name in NAMES],
        "makedir": [tell(cache.makedir, name) for name in NAMES],
        "empty": [tell(cache.set, "", 1), tell(cache.get, "", None), cache.get("", 5)],
    }
    pathlib.Path("told.json").write_text(json.dumps(told))
"""


def probe(project: Project, installed: Path, *arguments: str) -> dict[str, list[str]]:
    """Run the probe with *installed*, and return what it was told."""
    project.write({"test_probe.py": PROBE})
    done = project.process(
        *("-m", "pytest", *arguments),
        PYTHONPATH=f"{installed}:{SOURCES}",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    assert "1 passed" in done.stdout, done.stdout
    told: dict[str, list[str]] = json.loads((project.path / "told.json").read_text())
    return told


def test_every_pytest_refuses_what_9_2_refuses(tmp_path: Path, old_pytest: Path) -> None:
    stock, ours = Project(tmp_path / "stock" / "p"), Project(tmp_path / "ours" / "p")

    by_stock = probe(stock, old_pytest)
    by_us = probe(ours, old_pytest, *OURS)

    def refused(key: str) -> str:
        return f"ValueError: {key!r} {ESCAPES}"

    nul = "ValueError: 'a\\x00b' is not allowed to contain a NUL character"
    outside = str(tmp_path / "ours" / "absolute")
    told = [*map(refused, ("../escaped", "plugin/../../../escaped", outside)), nul, "done"]
    separators = "ValueError: name is not allowed to contain path separators"
    named = [refused(".."), separators, refused("/"), nul, "done"]
    assert by_us == {
        "set": told,
        "get": told,
        "mkdir": named,
        "makedir": named,
        "empty": ["done", "done", 5],
    }
    assert [path.name for path in (tmp_path / "ours").iterdir()] == ["p"]
    assert (ours.path / ".pytest_cache" / "v").is_dir()
    assert not (ours.path / ".pytest_cache" / "escaped").exists()
    if old_pytest.name.startswith("9.2"):
        assert by_stock["set"][:2] == told[:2]
    else:
        # Before, the key was followed wherever it led.
        assert by_stock["set"][:3] == ["done"] * 3
        assert (stock.path / ".pytest_cache" / "escaped").is_file()
        assert (tmp_path / "stock" / "absolute").is_file()


def test_an_empty_key_makes_no_file_of_the_folder_of_values(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import pytest
            def test_a(cache):
                with pytest.warns(pytest.PytestCacheWarning, match="Is a directory"):
                    cache.set("", 1)
                with pytest.warns(pytest.PytestCacheWarning, match="Is a directory"):
                    cache.set("a/..", 1)
            """
        }
    )

    outcome = project.ours()

    assert outcome.status == 0
    assert project.nodeids() == ["test_a.py::test_a"]


def test_a_cache_dir_with_dots_works_where_9_2_takes_its_dots_for_the_keys(
    tmp_path: Path,
) -> None:
    stock, ours = Project(tmp_path / "a" / "stock"), Project(tmp_path / "b" / "ours")
    for project in (stock, ours):
        project.write({"test_a.py": "def test_a(): assert 0\n"})

    by_stock = stock.stock("-o", "cache_dir=../cache")
    by_us = ours.ours("-o", "cache_dir=../cache")

    assert by_stock.status == pytest.ExitCode.INTERNAL_ERROR
    assert by_us.status == 1
    assert (tmp_path / "b" / "cache" / "v" / "cache" / "lastfailed").is_file()


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return all that is below *folder*."""
    return {
        str(path.relative_to(folder)): b"" if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


LINKS = ("v", "v/cache", "v/cache/lastfailed", "d", "d/recall", "d/recall/runs", "d/recall/lock")


def plant(project: Project, name: str, outside: Path) -> dict[str, bytes]:
    """Move *name* of a used cache to *outside*, link it from there; return what is there."""
    remember(project)
    runs = project.path / ".pytest_cache" / "d" / "recall" / "runs"
    runs.mkdir(parents=True)
    dead = {"event": "run", "format": 1, "run": "r", "time": 1.0}
    (runs / "20200101T000000.000000Z-1-00000000.jsonl").write_text(json.dumps(dead) + "\n")
    (runs.parent / "lock").touch()
    path = project.path / ".pytest_cache" / name
    path.rename(outside)
    path.symlink_to(outside)
    return snapshot(outside.parent)


@pytest.mark.parametrize("name", LINKS)
def test_what_a_link_leads_to_is_neither_written_nor_removed(tmp_path: Path, name: str) -> None:
    trial = Trial(tmp_path)
    outside = tmp_path / "outside"
    (outside / "ours").mkdir(parents=True)
    (outside / "stock").mkdir()
    before = plant(trial.project("ours"), name, outside / "ours" / "target")
    stock_before = plant(trial.project("stock"), name, outside / "stock" / "target")

    ours, project = trial.run("ours", *OURS)
    stock, _ = trial.run("stock")

    link = project.path / ".pytest_cache" / name
    assert ours.is_sound
    assert (ours.status, ours.results) == (stock.status, stock.results)
    assert snapshot(outside / "ours") == before
    assert link.is_symlink()
    assert len(ours.warnings) == 1
    assert "links inside the cache directory are not followed" in ours.warnings[0]
    assert len(trial.journals()) == (name in {"d", "d/recall", "d/recall/runs"})
    # Stock writes through the links of values.
    assert (snapshot(outside / "stock") != stock_before) is name.startswith("v")

    cleared, _ = trial.run("ours", *OURS, "--cache-clear")

    assert cleared.warnings == []
    assert snapshot(outside / "ours") == before
    assert not link.is_symlink()
    assert project.lastfailed()[0] == "test_a.py::test_fails"


@pytest.mark.parametrize("name", ["v", "d/recall/runs"])
def test_reading_follows_a_link(tmp_path: Path, name: str) -> None:
    trial = Trial(tmp_path)
    (tmp_path / "outside").mkdir()
    plant(trial.project("ours"), name, tmp_path / "outside" / "target")

    ours, _ = trial.run("ours", *OURS, "--lf")

    assert "rerun previous 1 failure" in ours.output


def test_the_cache_directory_itself_may_be_a_link(project: Project, tmp_path: Path) -> None:
    project.write({"test_a.py": "def test_a(): assert 0\n"})
    (tmp_path / "shared").mkdir()
    (project.path / ".pytest_cache").symlink_to(tmp_path / "shared")

    outcome = project.ours()
    again = project.ours("--cache-clear")

    assert "warning" not in outcome.output + again.output
    assert (tmp_path / "shared" / "v" / "cache" / "lastfailed").is_file()
    assert len(project.journals()) == 1


def test_a_journal_that_is_a_link_is_not_closed(project: Project, tmp_path: Path) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    target = tmp_path / "target"
    project.ours()
    begin = json.dumps({"event": "run", "format": 1, "run": "r", "time": 1.0})
    target.write_text(f"{begin}\n")
    runs = project.journals()[0].parent
    (runs / "20200101T000000.000000Z-1-00000000.jsonl").symlink_to(target)

    outcome = project.ours()

    assert outcome.status == 0
    assert target.read_text() == f"{begin}\n"


def test_the_name_of_an_environment_in_a_journal_leads_nowhere(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.ours()
    run = {"event": "run", "format": 1, "run": "r", "time": 1.0, "environment": "../../../out"}
    failed = {"event": "test", "id": "x.py::test_x", "outcome": "failed", "time": 1.0}
    path = project.journals()[0].with_name("20200101T000000.000000Z-1-00000000.jsonl")
    path.write_text(f"{json.dumps(run)}\n{json.dumps(failed)}\n")

    outcome = project.ours()

    kept = project.path / ".pytest_cache" / "v" / "recall" / "environments" / "-..-..-out"
    assert outcome.status == 0
    assert (kept / "lastfailed").is_file()
    assert not (project.path / ".pytest_cache" / "out").exists()


def test_a_link_planted_under_the_temporary_name_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    target = tmp_path / "target"
    target.write_text("mine")
    planted = tmp_path / f".value.{os.getpid()}-00000000.tmp"
    planted.symlink_to(target)

    with pytest.raises(FileExistsError):
        store.replace_text(tmp_path / "value", "text")

    assert target.read_text() == "mine"
    assert planted.is_symlink()


def test_writing_for_others_refuses_links_too(tmp_path: Path) -> None:
    cachedir, outside = tmp_path / "cache", tmp_path / "outside"
    (cachedir / "v").mkdir(parents=True)
    outside.mkdir()
    (cachedir / "v" / "cache").symlink_to(outside)

    with pytest.raises(OSError, match="links inside the cache directory are not followed"):
        store.write_value(cachedir, "cache/lastfailed", {})
    with pytest.raises(FileNotFoundError):
        store.write_value(tmp_path / "absent", "cache/lastfailed", {})

    assert list(outside.iterdir()) == []
    assert not (tmp_path / "absent").exists()


def fallback_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return a cache directory and its fallback directory, both absent."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir(mode=0o777)
    return tmp_path / "cache", journal.fallback_directory(tmp_path / "cache")


def test_the_fallback_directory_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cachedir, fallback = fallback_of(tmp_path, monkeypatch)
    umask = os.umask(0)
    try:
        made = journal.make_fallback_directory(cachedir)
    finally:
        os.umask(umask)

    assert made == fallback
    assert [path.stat().st_mode & 0o777 for path in (made, made.parent, made.parents[1])] == [
        0o700
    ] * 3
    assert fallback in journal.directories(cachedir)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("how", ["mode", "owner", "link"])
def test_a_fallback_directory_that_others_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: int, how: str
) -> None:
    cachedir, fallback = fallback_of(tmp_path, monkeypatch)
    folder = (fallback.parents[1], fallback.parent, fallback)[level]
    fallback.mkdir(parents=True)
    for each in (fallback.parents[1], fallback.parent, fallback):
        each.chmod(0o700)
    assert fallback in journal.directories(cachedir)

    if how == "mode":
        folder.chmod(0o755)
    elif how == "owner":
        if os.geteuid() != 0:
            pytest.skip("only root can give a folder away")
        os.chown(folder, 12345, 12345)
    else:
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError):  # noqa: PT011 - each has its own words
        journal.make_fallback_directory(cachedir)
    assert fallback not in journal.directories(cachedir)


def test_a_used_cache_is_what_links_are_planted_in(project: Project) -> None:
    """The planted caches above are what ours writes itself."""
    remember(project)
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.ours()

    base = project.path / ".pytest_cache"
    assert all((base / name).exists() for name in LINKS)
    assert not any(links.is_link(base / name) for name in LINKS)
    assert set(KNOWN) <= {
        path.relative_to(base / "v").as_posix() for path in (base / "v").rglob("*")
    }
