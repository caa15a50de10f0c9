from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.python.imports.shop import (
    CART,
    REPORTED,
    REPORTS,
    bring_in,
    events,
    failed_case,
    is_root,
    last_failed,
    lay_out,
    remember,
    runs,
    suite,
    told,
)

from pytest_recall import journal, kept, takeup
from pytest_recall_server.errors import HumanError
from pytest_recall_server.project import earlier, storage
from pytest_recall_server.project.exporting import export_lines, write_export

TOTAL = f"{CART}::test_total"
PIECES = f"{CART}::TestDiscount::test_pieces"
TRACE = (
    "def test_total():\n        total = 3\n&gt;       assert total == 4\nE       assert 3 == 4\n\n"
    "/home/ci/work/shop/tests/test_cart.py:5: AssertionError"
)
EXPLAINED = (
    '<testcase classname="tests.test_cart" name="test_total" time="0.5">'
    f'<failure message="assert 3 == 4">{TRACE}</failure></testcase>'
)
FAILED = suite(
    EXPLAINED,
    '<testcase classname="tests.test_cart.TestDiscount" name="test_pieces[1]"/>',
    failed_case("tests.test_cart.TestDiscount", "test_pieces[2]"),
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def test_an_import_is_a_run_named_after_its_source(shop: Path) -> None:
    imported = bring_in(shop, FAILED, name="junit.xml")

    first, *_, last = events(shop)
    assert first["run"] == imported.run
    assert first["imported"] == {
        "name": "junit.xml",
        "kinds": ["JUnit XML"],
        "when": 1763632800.0 + 31536000.0,
        "into": "look",
    }
    assert (last["status"], last["counts"]) == (1, {"failed": 2, "passed": 1})
    assert last_failed(shop) == []


def test_a_failure_carries_reason_traceback_and_place_as_the_source_has_them(shop: Path) -> None:
    bring_in(shop, FAILED)

    event = told(shop)[TOTAL]

    assert event["message"] == "assert 3 == 4"
    assert event["place"] == {"path": CART, "line": 5}
    assert event["statement"] == "assert total == 4"
    assert event["frames"] == [{"path": CART, "line": 5, "name": "test_total"}]
    assert event["longrepr"] == TRACE.replace("&gt;", ">")
    assert event["duration"] == {"call": 0.5}


def test_failures_are_added_to_the_last_failed_ones(shop: Path) -> None:
    remember(shop, lastfailed={f"{PIECES}[1]": True, TOTAL: True})

    bring_in(shop, FAILED, into="add")

    assert last_failed(shop) == [f"{PIECES}[1]", TOTAL, f"{PIECES}[2]"]


def test_failures_replace_the_last_failed_ones_of_which_a_copy_is_kept(shop: Path) -> None:
    remember(shop, lastfailed={f"{PIECES}[1]": True, f"{PIECES}[2]": True})

    bring_in(shop, FAILED, into="replace")

    assert last_failed(shop) == [TOTAL, f"{PIECES}[2]"]
    (copy,) = (shop / ".pytest_cache/v/cache").glob("lastfailed.replaced-*")
    assert list(json.loads(copy.read_text("utf-8"))) == [f"{PIECES}[1]", f"{PIECES}[2]"]


def test_replacing_leaves_unfinished_tests_alone(shop: Path) -> None:
    folder = shop / ".pytest_cache/v/recall"
    folder.mkdir(parents=True)
    (folder / "unfinished").write_text(json.dumps({"version": 1, "ids": [f"{PIECES}[1]"]}))

    bring_in(shop, FAILED, into="replace")

    assert kept.read_unfinished(shop / ".pytest_cache").ids == (f"{PIECES}[1]",)


def test_a_cache_directory_is_made_whole_where_there_is_none(shop: Path) -> None:
    bring_in(shop, FAILED, into="add")

    names = {each.name for each in (shop / ".pytest_cache").iterdir()}
    assert names == {"README.md", ".gitignore", "CACHEDIR.TAG", "v", "d"}


def test_an_imported_run_is_no_result_streak_or_duration_of_a_test_here(shop: Path) -> None:
    bring_in(shop, FAILED, into="add")
    paths = storage.journals(str(shop / ".pytest_cache"))

    past = earlier.read_past(paths)

    assert dict(past.results) == {}
    assert past.streaks.of(TOTAL) is None
    assert earlier.durations(paths, TOTAL, 5) == []
    assert past.imported[TOTAL].message == "assert 3 == 4"


def test_a_later_result_of_a_run_here_outweighs_what_was_imported(shop: Path) -> None:
    bring_in(shop, FAILED, into="add")
    directory = runs(shop)[0].parent
    run = "29991231T000000.000000Z-1-00000000"
    lines = [
        {"event": "run", "format": 1, "run": run, "time": 1.0},
        {"event": "test", "id": TOTAL, "time": 2.0, "outcome": "passed", "duration": {"call": 1}},
        {"event": "end", "status": 0},
    ]
    (directory / f"{run}.jsonl").write_bytes(b"".join(map(journal.encode, lines)))

    past = earlier.read_past(storage.journals(str(shop / ".pytest_cache")))

    assert past.results[TOTAL].outcome == "passed"
    assert past.imported.keys() == {f"{PIECES}[2]"}


def test_what_was_only_looked_at_explains_no_failure(shop: Path) -> None:
    bring_in(shop, FAILED)

    assert dict(earlier.read_past(storage.journals(str(shop / ".pytest_cache"))).imported) == {}


def test_a_damaged_lastfailed_is_set_aside_and_made_good_without_what_was_looked_at(
    shop: Path,
) -> None:
    bring_in(shop, FAILED)
    path = shop / ".pytest_cache/v/cache/lastfailed"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{\n  "tests/test_old.py::test_x": tr')

    bring_in(shop, failed_suite("test_pieces[1]"), into="add")

    assert last_failed(shop) == ["tests/test_old.py::test_x", f"{PIECES}[1]"]
    assert list(path.parent.glob("lastfailed.damaged-*"))
    takeup.take_up(shop / ".pytest_cache")
    assert last_failed(shop) == ["tests/test_old.py::test_x", f"{PIECES}[1]"]


def failed_suite(name: str) -> str:
    return suite(failed_case("tests.test_cart.TestDiscount", name))


def test_a_report_of_another_project_says_so_and_leaves_nothing(shop: Path) -> None:
    imported = bring_in(shop, suite(failed_case("bank.test_loans", "test_rate")), into="replace")

    assert imported.run is None
    assert "may be that of another project" in imported.problems[0]
    assert not (shop / ".pytest_cache").exists()


@pytest.mark.parametrize("newer", ["journal", "key"])
def test_a_cache_of_a_newer_version_is_never_written(shop: Path, newer: str) -> None:
    cachedir = shop / ".pytest_cache"
    remember(shop, lastfailed={TOTAL: True})
    if newer == "journal":
        directory = journal.runs_directory(cachedir)
        directory.mkdir(parents=True)
        (directory / "20260101T000000.000000Z-1-00000000.jsonl").write_text(
            '{"event":"run","format":2}\n'
        )
    else:
        (cachedir / "v/recall").mkdir(parents=True)
        (cachedir / "v/recall/unfinished").write_text('{"version": 2}')
    before = {path: path.stat().st_mtime_ns for path in cachedir.rglob("*")}

    with pytest.raises(HumanError, match="A newer Pytest Recall has written"):
        bring_in(shop, FAILED, into="replace")

    assert {path: path.stat().st_mtime_ns for path in cachedir.rglob("*")} == before


def test_what_cannot_be_written_says_so_and_leaves_no_run(shop: Path) -> None:
    values = shop / ".pytest_cache/v"
    values.parent.mkdir()
    values.write_text("a file where a folder should be")

    with pytest.raises(HumanError, match=r"Nothing was imported: .* cannot be written"):
        bring_in(shop, FAILED, into="add")

    assert runs(shop) == []


@pytest.mark.skipif(is_root(), reason="nothing can be forbidden to root")
def test_a_file_that_may_not_be_read_says_so(shop: Path) -> None:
    secret = shop / "secret.xml"
    secret.write_text(FAILED)
    secret.chmod(0)

    with pytest.raises(HumanError, match=r"secret\.xml cannot be read: Permission denied"):
        bring_in(shop, secret)


def test_a_folder_is_no_file(shop: Path) -> None:
    with pytest.raises(HumanError, match=r"tests cannot be read: Is a directory"):
        bring_in(shop, shop / "tests")


def test_one_of_several_files_that_cannot_be_read_is_a_problem(shop: Path) -> None:
    (shop / "junit.xml").write_text(FAILED)

    imported = bring_in(shop, shop / "lost.xml", shop / "junit.xml")

    assert imported.problems == ("lost.xml cannot be read: No such file or directory.",)
    assert len(imported.failures) == 2


def test_a_test_that_failed_in_one_of_several_sources_failed(shop: Path) -> None:
    passed = suite('<testcase classname="tests.test_cart" name="test_total"/>')

    bring_in(shop, passed, FAILED, passed)

    assert told(shop)[TOTAL]["outcome"] == "failed"


CALLED = {
    f"{CART}::test_total",
    *(f"{CART}::test_text[{each}]" for each in ("x::y", "[", r"\xfc", r"tab\there", "#x07")),
    f"{CART}::TestDiscount::test_pieces[1]",
    f"{CART}::TestDiscount::test_pieces[2]",
    f"{CART}::test_leaves",
    f"{CART}::test_parts",
    *(f"{CART}::CartCase::{each}" for each in ("test_adds", "test_parts", "test_raises")),
}
ALL_FAILED = {*CALLED, f"{CART}::test_needs", "tests/test_broken.py"}
UNITTEST = {f"{CART}::CartCase::{each}" for each in ("test_adds", "test_parts", "test_raises")}


@pytest.mark.parametrize(
    ("name", "failed"),
    [
        ("pytest-9.2.0-xunit1-xdist-prefix.xml", ALL_FAILED),
        ("pytest-9.2.0-xunit2.xml", ALL_FAILED),
        ("pytest-9.2.0.log", ALL_FAILED),
        ("pytest-reportlog-1.0.0.jsonl", ALL_FAILED),
        ("unittest-xml-reporting-4.0.0.xml", UNITTEST),
    ],
)
def test_what_real_tools_have_written_is_imported_whole(
    tmp_path: Path, name: str, failed: set[str]
) -> None:
    files = {
        path.relative_to(REPORTED).as_posix(): path.read_text("utf-8")
        for path in (REPORTED / "pytest.ini", *REPORTED.glob("tests/*.py"))
    }
    project = lay_out(tmp_path, files)

    imported = bring_in(project, REPORTS / name)

    assert {each.id for each in imported.failures} == failed
    assert (imported.ambiguous, imported.unknown, imported.problems) == ((), (), ())
    places = {id_: event.get("place") for id_, event in told(project).items()}
    assert places[f"{CART}::CartCase::test_raises"] == {"path": CART, "line": 69}
    if failed is ALL_FAILED:
        leaves = told(project)[f"{CART}::test_leaves"]
        assert (leaves["outcome"], leaves["message"]) == ("failed", "assert 1 == 2")
        assert places[TOTAL] == {"path": CART, "line": 11}


def test_an_exported_run_is_imported_as_it_was(shop: Path, tmp_path: Path) -> None:
    bring_in(shop, FAILED, into="add")
    (path,) = runs(shop)
    target = tmp_path / "run.jsonl"
    write_export(path, target)
    elsewhere = lay_out(tmp_path / "elsewhere")

    bring_in(elsewhere, target, into="add")

    assert told(elsewhere) == told(shop)
    assert last_failed(elsewhere) == last_failed(shop)


def test_an_export_can_leave_out_what_tests_have_printed(shop: Path) -> None:
    case = FAILED.replace(
        "</failure></testcase>", "</failure><system-out>secret</system-out></testcase>"
    )
    bring_in(shop, case)
    (path,) = runs(shop)

    assert b"secret" in b"".join(export_lines(path))
    assert b"secret" not in b"".join(export_lines(path, output=False))


def test_the_journal_of_an_import_is_for_its_owner_alone(shop: Path) -> None:
    bring_in(shop, FAILED)

    (path,) = runs(shop)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(path.parent.glob(".*"))
