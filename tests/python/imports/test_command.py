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
    assert [value["version"], value["command"], value["problems"]] == [1, "import", []]
    assert (value["rootdir"], value["cachedir"]) == (str(shop), str(shop / ".pytest_cache"))
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

    status, said, err = recall(shop, "export", "last", "-o", "run.jsonl")
    (run,) = runs(shop)
    _, printed, _ = recall(shop, "export", run.stem[:20])
    again, _, _ = recall(elsewhere, "import", str(shop / "run.jsonl"), "--replace")

    assert (status, said, err) == (0, f"exported  run.jsonl: run {run.stem}\n", "")
    assert again == 0
    assert printed == (shop / "run.jsonl").read_text()
    assert json.loads(printed.splitlines()[0])["event"] == "export"
    assert last_failed(elsewhere) == [TOTAL]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["x"], "there is no run 'x'"),
        (["last", "--json"], "--json needs -o FILE"),
        (["last", "-o", "no/such/file"], "no/such/file cannot be written: No such file"),
    ],
)
def test_what_cannot_be_exported_ends_with_2(shop: Path, words: list[str], why: str) -> None:
    recall(shop, "import", "-", given=FAILED.encode())

    status, out, err = recall(shop, "export", *words)

    assert (status, out) == (2, "")
    assert err.startswith(f"pytest-recall export: {why}")


def test_where_there_is_no_cache_nothing_is_exported(shop: Path) -> None:
    status, _, err = recall(shop, "export", "last")

    assert status == 2
    assert f"there is no cache directory {shop}/.pytest_cache" in err


def test_what_could_not_be_read_is_among_the_problems(shop: Path) -> None:
    (shop / "junit.xml").write_text(FAILED)
    (shop / "none.xml").write_text("<html/>")

    status, out, err = recall(shop, "import", "junit.xml", "none.xml", "lost.xml", "--json")

    value = json.loads(out)
    assert status == 1
    assert len(value["problems"]) == 2
    assert err == "".join(f"pytest-recall import: {each}\n" for each in value["problems"])


def test_what_pytest_is_told_in_the_environment_says_where_to(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-o cache_dir=elsewhere")

    status, _, _ = recall(shop, "import", "-", "--json", given=FAILED.encode())

    assert (status, runs(shop)) == (0, [])
    assert len(list((shop / "elsewhere/d/recall/runs").glob("*.jsonl"))) == 1


def test_imported_runs_say_where_they_come_from(shop: Path) -> None:
    (shop / "junit.xml").write_text(FAILED)
    recall(shop, "import", "junit.xml", "--add")

    _, listed, _ = recall(shop, "runs")
    _, shown, _ = recall(shop, "show", "last")
    _, told, _ = recall(shop, "runs", "--json")

    assert "  imported from junit.xml  " in listed
    assert "pytest" not in listed
    head, source, *_ = shown.splitlines()
    assert head.startswith("failed, 1 failed, imported ")
    assert source.startswith("  imported from junit.xml, written ")
    (run,) = json.loads(told)["runs"]
    imported = run["imported"]
    assert (imported["name"], imported["into"]) == ("junit.xml", "add")
    # XML that does not say how long tests took.
    assert run["duration"] is None


def test_an_imported_run_is_never_the_last_run(shop: Path) -> None:
    recall(shop, "import", "-", "--add", given=FAILED.encode())
    _, alone, _ = recall(shop, "status")
    pytest_run = [sys.executable, "-m", "pytest", "-p", "pytest_recall.plugin", "-q", CART]
    variables = {**os.environ, "PYTHONPATH": str(SERVER)}
    subprocess.run(pytest_run, cwd=shop, env=variables, capture_output=True, check=False)
    recall(shop, "import", "-", "--add", given=FAILED.encode())

    _, told, _ = recall(shop, "status", "--json")
    _, listed, _ = recall(shop, "runs", "--json")

    assert alone.splitlines()[1:] == ["no run is recorded: only imported ones"]
    _, own, _ = json.loads(listed)["runs"]
    assert own["imported"] is None
    assert json.loads(told)["lastRun"] == own
