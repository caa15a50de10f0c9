"""Clearing the cache removes what pytest would remove, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_recall_server.project.inspect import clear, list_keys, read_value
from pytest_recall_server.project.storage import signature

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a cache with two keys."""
    folder = tmp_path / "cache"
    (folder / "v/cache").mkdir(parents=True)
    (folder / "d/own").mkdir(parents=True)
    (folder / "v/cache/lastfailed").write_text("{}")
    (folder / "d/own/file").write_text("x")
    (folder / "CACHEDIR.TAG").write_text(TAG)
    return folder


def test_values_and_directories_go_and_the_tag_stays(cache: Path) -> None:
    cleared = clear(str(cache))

    assert (cleared.removed, cleared.problem) == (2, None)
    # Runs that are under way may wait for the lock.
    assert {path.name for path in cache.rglob("*") if path.is_file()} == {"CACHEDIR.TAG", "lock"}


@pytest.mark.parametrize("name", ["v", "d"])
def test_a_link_goes_and_what_it_points_to_stays(cache: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    (cache / name).rename(outside)
    (cache / name).symlink_to(outside)

    clear(str(cache))

    assert not (cache / name).exists()
    assert any(outside.rglob("*"))


def test_in_a_folder_that_is_no_cache_only_what_is_pytests_goes(cache: Path) -> None:
    (cache / "CACHEDIR.TAG").unlink()
    mine = [cache / "thesis.tex", cache / "v" / "values.txt"]
    for path in mine:
        path.write_text("x")

    cleared = clear(str(cache))

    assert cleared.problem is not None
    assert "what is not pytest's was left in" in cleared.problem
    assert all(path.exists() for path in mine)
    assert not (cache / "v/cache/lastfailed").exists()


def test_a_cache_from_before_tags_is_cleared(cache: Path) -> None:
    (cache / "CACHEDIR.TAG").unlink()

    assert clear(str(cache)).removed == 2


def test_a_cache_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert clear(str(tmp_path / "no")).removed == 0
    assert not list_keys(str(tmp_path / "no")).exists


def test_a_link_out_of_the_cache_is_no_key(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (cache / "v/cache/link").symlink_to(tmp_path / "secret")

    with pytest.raises(Exception, match="no key"):
        read_value(str(cache), "cache/link", "value")


def test_a_value_that_is_no_text_is_shown_as_far_as_it_is(cache: Path) -> None:
    (cache / "v/cache/lastfailed").write_bytes(b'{"a\xff')

    text, problem = read_value(str(cache), "cache/lastfailed", "value")

    assert text == '{"a\ufffd'
    assert problem is not None
    assert "UTF-8" in problem


def test_a_value_that_was_set_aside_is_a_file_and_no_key_that_cannot_be_read(cache: Path) -> None:
    aside = "cache/lastfailed.damaged-20261120T174317Z"
    (cache / "v" / aside).write_text('{"torn')

    entry = next(each for each in list_keys(str(cache)).entries if each.key == aside)

    assert (entry.kind, entry.problem) == ("file", None)
    assert read_value(str(cache), aside, "file")[0] == '{"torn'


def test_a_value_and_a_file_of_one_name_are_told_apart(cache: Path) -> None:
    (cache / "v/own").mkdir()
    (cache / "v/own/file").write_text('"value"')

    assert read_value(str(cache), "own/file", "value") == ('"value"', None)
    assert read_value(str(cache), "own/file", "file") == ("x", None)

    (cache / "v/own/file").unlink()
    with pytest.raises(Exception, match="no key"):
        read_value(str(cache), "own/file", "value")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ('{"version": 1, "ids": []}', None),
        ('{"version": 2}', "of a newer version"),
        ('["t.py::test_a"]', "not what Pytest Recall writes"),
    ],
)
def test_a_value_of_ours_says_what_is_wrong_with_it(
    cache: Path, value: str, problem: str | None
) -> None:
    (cache / "v/recall").mkdir()
    (cache / "v/recall/unfinished").write_text(value)

    assert read_value(str(cache), "recall/unfinished", "value")[1] == problem


@pytest.mark.parametrize("key", ["cache/lastfailed", "cache/nodeids", "recall/unfinished"])
def test_a_key_that_is_written_in_place_is_seen_to_have_changed(cache: Path, key: str) -> None:
    path = cache / "v" / key
    path.parent.mkdir(exist_ok=True)
    path.write_text("1")
    before = signature(str(cache))

    path.write_text("12")

    assert signature(str(cache)) != before
