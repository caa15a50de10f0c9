"""Values, ids and their lookup, without pytest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_recall import known as known_ids
from pytest_recall import store
from pytest_recall.git import head_of
from pytest_recall.known import open_known
from pytest_recall.nodeids import ancestors, names_of, path_of, without_parameters

ids = st.tuples(
    st.text(st.characters(codec="utf-8", exclude_characters=":"), min_size=1, max_size=6),
    st.text(st.characters(codec="utf-8"), max_size=6),
).map("::".join)


@given(st.lists(ids, unique=True), st.lists(ids, max_size=5))
def test_an_id_is_known_exactly_if_it_is_in_the_list(
    tmp_path_factory: pytest.TempPathFactory, listed: list[str], asked: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "nodeids"
    path.write_text(store.dump(sorted(listed)), "utf-8")
    known = open_known(path)

    assert known is not None
    for nodeid in [*listed, *asked]:
        if known.known(nodeid):
            assert nodeid in listed
        elif all(each.isprintable() and '"' not in each and "\\" not in each for each in listed):
            assert nodeid not in listed
    known.close()


@pytest.mark.parametrize("large", [0, known_ids.LARGE], ids=["mapped", "read"])
def test_the_known_ids_of_a_file_are_found_among_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(known_ids, "LARGE", large)
    listed = ["a.py::test_1", "a.py::test_1[x y]", "a.py::test_2", "a.pyx::test", "b.py"]
    path = tmp_path / "nodeids"
    path.write_text(store.dump(listed), "utf-8")
    known = open_known(path)

    assert known is not None
    assert known.of_file("a.py") == listed[:3]
    assert known.of_file("b.py") == ["b.py"]
    assert known.of_file("c.py") == []
    known.close()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not valid JSON"),
        (b'{"a": ', "not valid JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_bad_content_is_a_reading_with_a_problem(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "value"
    path.write_bytes(content)

    reading = store.read_json(path)

    assert reading.exists
    assert reading.value is None
    assert problem in reading.problem or "not valid JSON" in reading.problem


def test_an_absent_value_is_no_problem(tmp_path: Path) -> None:
    assert not store.read_json(tmp_path / "none").exists


def test_a_failed_write_leaves_the_old_value_and_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "value"
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        store.replace_text(path, "text")

    assert list(tmp_path.iterdir()) == [path]


def test_a_lone_surrogate_in_an_id_survives(tmp_path: Path) -> None:
    path = tmp_path / "value"

    store.replace_text(path, store.dump(["a.py::test[\ud800]"]))

    assert json.loads(path.read_text("utf-8")) == ["a.py::test[\ud800]"]


deltas = st.dictionaries(st.sampled_from("abcdef"), st.booleans())


@given(st.lists(st.sampled_from("abcdef"), unique=True), deltas)
def test_merging_keeps_what_a_run_says_nothing_about(
    stored: list[str], delta: dict[str, bool]
) -> None:
    merged = store.merged_lastfailed(dict.fromkeys(stored, True), delta)

    assert set(merged) == {each for each in "abcdef" if delta.get(each, each in stored)}
    kept = [each for each in merged if each in stored]
    assert kept == [each for each in stored if each in merged]


@given(st.lists(deltas, max_size=4))
def test_deltas_of_disjoint_runs_merge_to_the_same_in_any_order(
    runs: list[dict[str, bool]],
) -> None:
    parts = [
        {f"{number}{key}": value for key, value in run.items()} for number, run in enumerate(runs)
    ]
    forwards: dict[str, bool] = {}
    for part in parts:
        forwards = store.merged_lastfailed(forwards, part)
    backwards: dict[str, bool] = {}
    for part in reversed(parts):
        backwards = store.merged_lastfailed(backwards, part)

    assert set(forwards) == set(backwards)


@pytest.mark.parametrize(
    ("nodeid", "path", "base", "names"),
    [
        ("a.py::test", "a.py", "a.py::test", ["test"]),
        ("a.py::C::test[x::y]", "a.py", "a.py::C::test", ["C", "test[x::y]"]),
        ("d[1]/a.py::test[a[b]]", "d[1]/a.py", "d[1]/a.py::test", ["test[a[b]]"]),
        ("d[1]/a.py", "d[1]/a.py", "d[1]/a.py", []),
    ],
)
def test_ids_are_taken_apart(nodeid: str, path: str, base: str, names: list[str]) -> None:
    assert path_of(nodeid) == path
    assert without_parameters(nodeid) == base
    assert names_of(nodeid) == names


def test_ancestors_are_the_classes_the_file_and_the_folders() -> None:
    assert list(ancestors("a/b/c.py::C::D::t[x::y]")) == [
        "a/b/c.py::C::D",
        "a/b/c.py::C",
        "a/b/c.py",
        "a/b",
        "a",
    ]


def test_the_commit_is_read_from_gits_files(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    unborn = head_of(tmp_path)
    (git / "packed-refs").write_text("# pack-refs\nabc refs/heads/main\n")
    packed = head_of(tmp_path)
    (git / "refs" / "heads" / "main").write_text("def\n")
    loose = head_of(tmp_path / "below")
    (git / "HEAD").write_text("0123\n")
    detached = head_of(tmp_path)

    assert [unborn, packed, loose, detached] == [
        (None, "main"),
        ("abc", "main"),
        ("def", "main"),
        ("0123", None),
    ]
