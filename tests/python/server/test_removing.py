"""What is taken out of the cache can be put back, and what runs have said since then stands."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from tests.python.server.test_pastruns import RUN, write_journal

from pytest_recall import journal, store
from pytest_recall.clearing import clear as clear_as_pytest
from pytest_recall.doctor import Place, examine
from pytest_recall.journalwriter import Writer
from pytest_recall_server.errors import HumanError
from pytest_recall_server.project import undoing
from pytest_recall_server.project.inspect import list_keys
from pytest_recall_server.project.removing import clear, delete, forget, prune
from pytest_recall_server.project.undoing import undo

A, B, C = "t.py::test_a", "t.py::test_b", "t.py::test_c"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a cache in which two tests are failed and one is unfinished."""
    folder = tmp_path / ".pytest_cache"
    for name in ("v/cache", "v/recall", "d/plug"):
        (folder / name).mkdir(parents=True)
    (folder / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    (folder / "d/plug/data").write_bytes(b"\x00\xff")
    store.write_value(folder, store.LASTFAILED, {A: True, B: True})
    store.write_value(folder, store.NODEIDS, [A, B, C])
    store.write_value(folder, store.UNFINISHED, {"version": 1, "ids": [C]})
    return folder


def contents(cache: Path) -> dict[str, bytes]:
    """Return every key with its bytes."""
    return {
        f"{entry.kind}:{entry.key}": Path(entry.path).read_bytes()
        for entry in list_keys(str(cache)).entries
    }


def value(cache: Path, key: str) -> object:
    return store.read_json(store.value_path(cache, key)).value


def passes_now(cache: Path, node_id: str) -> None:
    """Let a run of a moment ago say that a test has passed."""
    now = time.time()
    test = {"event": "test", "id": node_id, "outcome": "passed", "time": now + 0.001}
    end = {"event": "end", "status": 0, "time": now}
    write_journal(cache, 59, [{**RUN, "time": now}, test, end])


def test_a_cleared_cache_is_put_back_byte_for_byte(cache: Path) -> None:
    write_journal(cache, 1, [RUN, {"event": "end", "status": 0}])
    before = contents(cache)

    removal = clear(cache)
    after = contents(cache)
    undone = undo(cache, removal.undo)

    assert (removal.removed, removal.problem, after) == (len(before), None, {})
    assert contents(cache) == before
    assert [each for each in examine(cache, None).findings if each.level == "problem"] == []
    assert (undone.what, undone.restored, undone.left) == ("Cleared the cache", len(before), ())


def test_what_was_set_aside_is_no_key_and_no_finding_and_pytest_clears_it(cache: Path) -> None:
    clear(cache)

    findings = examine(cache, cache.parent).findings
    assert contents(cache) == {}
    assert [each for each in findings if each.level == "problem"] == []
    assert clear_as_pytest(cache) == ""
    assert not undoing.undo_folder(cache).exists()


def test_a_failure_that_has_passed_since_does_not_come_back(cache: Path) -> None:
    removal = clear(cache)
    passes_now(cache, A)

    undo(cache, removal.undo)

    assert value(cache, store.LASTFAILED) == {B: True}
    assert value(cache, store.NODEIDS) == [A, B, C]


def test_what_a_run_has_written_since_stays_beside_what_comes_back(cache: Path) -> None:
    removal = clear(cache)
    store.write_value(cache, store.LASTFAILED, {"u.py::test_new": True})
    (cache / "d/plug").mkdir()
    (cache / "d/plug/data").write_bytes(b"new")

    undone = undo(cache, removal.undo)

    assert value(cache, store.LASTFAILED) == {"u.py::test_new": True, A: True, B: True}
    assert (cache / "d/plug/data").read_bytes() == b"new"
    assert undone.left == ("d/plug/data",)


def test_one_failure_is_forgotten_and_remembered_again(cache: Path) -> None:
    removal = forget(cache, [A, C, "t.py::test_unknown"])

    assert (removal.removed, value(cache, store.LASTFAILED)) == (2, {B: True})
    assert value(cache, store.UNFINISHED) == {"version": 1, "ids": []}

    undo(cache, removal.undo)

    assert set(value(cache, store.LASTFAILED) or ()) == {A, B}  # type: ignore[call-overload] # JSON
    assert value(cache, store.UNFINISHED) == {"version": 1, "ids": [C]}


def test_nothing_to_forget_is_nothing_to_undo(cache: Path) -> None:
    assert forget(cache, ["t.py::test_unknown"]).undo is None
    with pytest.raises(HumanError, match="no change"):
        undo(cache, None)


def test_a_key_is_deleted_and_put_back(cache: Path) -> None:
    before = contents(cache)

    value_removal = delete(cache, store.LASTFAILED, "value")
    delete(cache, "plug/data", "file")
    after = contents(cache)
    undo(cache, None)
    undo(cache, value_removal.undo)

    assert after.keys() == before.keys() - {"value:cache/lastfailed", "file:plug/data"}
    assert contents(cache) == before


@pytest.mark.parametrize("key", ["../CACHEDIR.TAG", "", "cache", "no/such", "/etc/passwd"])
def test_what_is_no_key_is_not_deleted(cache: Path, key: str) -> None:
    with pytest.raises(HumanError, match="no key"):
        delete(cache, key, "value")


def test_the_journal_of_a_run_under_way_is_not_deleted(cache: Path) -> None:
    path = journal.runs_directory(cache) / f"{journal.new_run_id()}.jsonl"
    writer = Writer(path, dict(RUN))

    with pytest.raises(HumanError, match="under way"):
        delete(cache, f"recall/runs/{path.name}", "file")
    cleared = clear(cache)
    writer.close()

    assert path.exists()
    assert cleared.removed == 4  # three values and one file


def test_ids_of_tests_that_are_gone_are_pruned_and_put_back(cache: Path) -> None:
    (cache.parent / "t.py").write_text("def test_a(): ...\n")
    place = Place(cache, cache.parent)

    removal = prune(place)

    assert (removal.removed, value(cache, store.NODEIDS)) == (2, [A])
    assert value(cache, store.LASTFAILED) == {A: True}
    undone = undo(cache, removal.undo)
    assert (undone.what, undone.restored) == ("Forgot 2 tests that are gone", 4)
    assert value(cache, store.NODEIDS) == [A, B, C]
    assert prune(Place(cache, None)).undo is None


def test_the_last_five_changes_can_be_undone(cache: Path) -> None:
    for number in range(7):
        store.write_value(cache, "plug/value", number)
        delete(cache, "plug/value", "value")

    assert len(list(undoing.undo_folder(cache).iterdir())) == undoing.MOST
    undo(cache, None)
    assert value(cache, "plug/value") == 6  # the last one


@pytest.mark.parametrize(
    "path", ["../outside", "v/../../outside", "/outside", "CACHEDIR.TAG", "x/y", "v/link/outside"]
)
def test_a_change_of_another_hand_puts_nothing_outside_of_the_cache(cache: Path, path: str) -> None:
    (cache / "v/link").symlink_to(cache.parent)
    change = undoing.begin(cache, "Mischief")
    (change.folder / "0").write_text("x")
    change.files[path] = "0"
    change.write()

    with pytest.raises(HumanError, match="cannot be undone"):
        undo(cache, change.id)

    assert not (cache.parent / "outside").exists()


def test_a_change_that_is_a_link_is_none(cache: Path) -> None:
    change = undoing.begin(cache, "Mischief")
    (change.folder / "0").write_text("x")
    change.files["v/plug"] = "0"
    change.write()
    outside = cache.parent / "outside"
    change.folder.rename(outside)
    change.folder.symlink_to(outside)

    with pytest.raises(HumanError, match="no change"):
        undo(cache, change.id)
    undoing.sweep(cache, keep=0)

    assert (outside / "0").read_text() == "x"


def test_a_change_that_was_damaged_is_passed_over(cache: Path) -> None:
    removal = delete(cache, "plug/data", "file")
    later = undoing.begin(cache, "x")
    (later.folder / undoing.MANIFEST).write_text('{"torn')

    assert undo(cache, None).what == "Deleted plug/data"
    assert removal.undo is not None


def test_a_cache_that_cannot_set_anything_aside_is_cleared_all_the_same(cache: Path) -> None:
    (cache / "d/recall").write_text("in the way")

    removal = clear(cache)

    assert removal.undo is None
    assert json.dumps(sorted(contents(cache))) == "[]"
