from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.imports.shop import (
    CART,
    failed_case,
    last_failed,
    lay_out,
    runs,
    suite,
)

SERVER = Path(__file__).resolve().parents[3] / "python_server"
TOTAL = f"{CART}::test_total"
FAILED = suite(failed_case("tests.test_cart", "test_total"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def recall(folder: Path, *words: str, given: bytes = b"") -> tuple[int, str, str]:
    """Run the command line in *folder*; return status and outputs."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest_recall", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SERVER), "NO_COLOR": "1"},
        input=given,
        capture_output=True,
        check=False,
    )
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


def test_failures_are_imported_from_below_the_root_and_printed(shop: Path) -> None:
    (shop / "junit.xml").write_text(FAILED)

    status, out, err = recall(shop / "tests", "import", "../junit.xml", "--add")

    (run,) = runs(shop)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "imported  junit.xml: 1 test known here, 1 failure, 0 ambiguous, 0 unknown",
        f"  run {run.stem}: its failures were added to the last failed ones",
        f"  failed  {TOTAL} - assert 3 == 4",
    ]
    assert last_failed(shop) == [TOTAL]


def test_what_is_left_out_is_listed_and_told_by_the_exit_status(shop: Path) -> None:
    text = suite(
        failed_case("tests.test_cart", "test_total"),
        failed_case("tests.test_cart.TestDiscount", "test_pieces"),
        failed_case("tests.test_cart", "test_\x85gone"),
    )

    status, out, _ = recall(shop, "import", "-", "--json", given=text.encode())

    value = json.loads(out)
    assert status == 1
    assert value["version"] == 1
    assert value["name"] == "standard input"
    assert value["into"] == "look"
    assert value["failures"] == [{"id": TOTAL, "outcome": "failed", "message": "assert 3 == 4"}]
    (ambiguous,), (unknown,) = value["ambiguous"], value["unknown"]
    assert ambiguous["candidates"] == [
        f"{CART}::TestDiscount::test_pieces[1]",
        f"{CART}::TestDiscount::test_pieces[2]",
    ]
    assert unknown["written"] == "tests.test_cart::test_\x85gone"
    assert last_failed(shop) == []


def test_characters_that_would_move_the_cursor_are_escaped(shop: Path) -> None:
    text = suite(
        failed_case("tests.test_cart", "test_total"), failed_case("t", "test_\x85\x9b31mgone")
    )

    _, out, _ = recall(shop, "import", "-", given=text.encode())

    assert r"unknown  t::test_\x85\x9b31mgone (failed): no test here has this name" in out


@pytest.mark.parametrize("words", [["lost.xml"], ["-"]])
def test_nothing_that_can_be_read_ends_with_2(shop: Path, words: list[str]) -> None:
    status, out, err = recall(shop, "import", *words)

    assert (status, out) == (2, "")
    assert err.startswith("pytest-recall import: ")


def test_a_run_goes_from_one_project_to_another(shop: Path, tmp_path: Path) -> None:
    recall(shop, "import", "-", given=FAILED.encode())
    elsewhere = lay_out(tmp_path / "elsewhere")

    status, _, err = recall(shop, "export", "last", "-o", "run.jsonl")
    _, printed, _ = recall(shop, "export", "last")
    again, _, _ = recall(elsewhere, "import", str(shop / "run.jsonl"), "--replace")

    assert (status, err, again) == (0, "", 0)
    assert printed == (shop / "run.jsonl").read_text()
    assert json.loads(printed.splitlines()[0])["event"] == "export"
    assert last_failed(elsewhere) == [TOTAL]


def test_an_export_of_no_run_ends_with_2(shop: Path) -> None:
    status, _, err = recall(shop, "export", "last")

    assert status == 2
    assert "There is no run in" in err
