"""What a run would do, asked of the server, and what the run then does."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session

from pytest_recall_server.lsp import protocol

SHOP = {
    "tests/unit/test_cart.py": "def test_add(): ...\ndef test_total(): assert 0\n",
    "tests/unit/test_tax.py": "class TestTax:\n    def test_low(self): ...\n"
    "    def test_high(self): assert 0\n",
    "tests/test_api.py": "import pytest\n@pytest.mark.parametrize('n', [1, 2])\n"
    "def test_get(n): assert n > 1\n",
}
ADD, TOTAL = (f"tests/unit/test_cart.py::test_{name}" for name in ("add", "total"))
LOW, HIGH = (f"tests/unit/test_tax.py::TestTax::test_{name}" for name in ("low", "high"))
GET_1, GET_2 = (f"tests/test_api.py::test_get[{number}]" for number in (1, 2))
ALL = [GET_1, GET_2, ADD, TOTAL, LOW, HIGH]


def remember(root: Path, **values: object) -> None:
    """Write keys of the cache, `cache__nodeids` as `cache/nodeids`."""
    for name, value in values.items():
        path = root / ".pytest_cache" / "v" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=2), "utf-8")


async def preview(
    session: Session,
    kind: protocol.SelectionKind,
    ids: Sequence[str] = (),
    exclude: Sequence[str] = (),
    limit: int = 0,
) -> protocol.PreviewResult:
    """Ask what would run."""
    selection = protocol.Selection(kind=kind, ids=list(ids), exclude=list(exclude))
    params = protocol.PreviewParams(root=session.root_uri, selection=selection, limit=limit)
    return await session.request(protocol.PREVIEW, params, protocol.PreviewResult)


def drawn(found: protocol.PreviewResult) -> list[str]:
    """Return the tests in order, each with its reason."""
    return [f"{test.id} {test.why}" for test in found.tests]


def because(why: str, ids: Sequence[str]) -> list[str]:
    return [f"{node_id} {why}" for node_id in ids]


@pytest.mark.asyncio
async def test_without_a_selection_all_would_run_in_the_order_of_pytest(
    project: Write, start: Start
) -> None:
    session = await start(project(SHOP))

    found = await preview(session, "all")

    assert drawn(found) == because("all", ALL)
    assert (found.total, found.deselected, found.status, found.certain) == (6, 0, "", True)
    await session.run()
    assert [*session.outcomes()] == ALL


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "expected", "status", "deselected"),
    [
        (
            "lastFailed",
            because("failed", [GET_1, HIGH]),
            "run-last-failure: rerun previous 2 failures",
            1,
        ),
        (
            "outstanding",
            [*because("failed", [GET_1]), f"{ADD} unfinished", f"{HIGH} failed"],
            "run-outstanding: rerun previous 2 failures and 1 unfinished test",
            1,
        ),
        (
            "failedFirst",
            [*because("failed", [GET_1, HIGH]), *because("all", [GET_2, ADD, TOTAL, LOW])],
            "run-last-failure: rerun previous 2 failures first",
            0,
        ),
        (
            "newFirst",
            [*because("new", [TOTAL, GET_2]), *because("known", [ADD, LOW, HIGH, GET_1])],
            "",
            0,
        ),
        (
            "stepwise",
            [f"{GET_2} notPassed", f"{TOTAL} goesOn", *because("all", [LOW, HIGH])],
            "stepwise: skipping 2 already passed items.",
            2,
        ),
    ],
)
async def test_a_preview_says_what_is_run_and_why(  # noqa: PLR0917 # a table with fixtures
    project: Write,
    start: Start,
    kind: protocol.SelectionKind,
    expected: list[str],
    status: str,
    deselected: int,
) -> None:
    root = project(SHOP)
    remember(
        root,
        cache__lastfailed={HIGH: True, GET_1: True},
        cache__nodeids=sorted([ADD, LOW, HIGH, GET_1]),
        cache__stepwise=TOTAL,
        recall__unfinished={"version": 1, "ids": [ADD]},
        recall__stepwise={"version": 1, "last_failed": TOTAL, "passed": [ADD, GET_1]},
    )
    for age, path in enumerate(("tests/unit/test_cart.py", "tests/unit/test_tax.py")):
        os.utime(root / path, (2_000_000_000 - age,) * 2)
    session = await start(root)

    found = await preview(session, kind)

    assert drawn(found) == expected
    assert (found.status, found.deselected, found.certain) == (status, deselected, True)
    await session.run(kind)
    assert status in session.output()
    ran = list(session.outcomes())
    assert ran
    assert ran == [test.id for test in found.tests][: len(ran)]
    assert len(ran) == found.total or kind == "stepwise"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "kind", ["ids", "lastFailed", "outstanding", "failedFirst", "newFirst", "stepwise"]
)
async def test_every_kind_can_be_narrowed_and_excluded_from(
    project: Write, start: Start, kind: protocol.SelectionKind
) -> None:
    root = project(SHOP)
    remember(
        root,
        cache__lastfailed={HIGH: True, GET_1: True},
        cache__stepwise=TOTAL,
        recall__unfinished={"version": 1, "ids": [ADD, LOW]},
    )
    os.utime(root / "tests/unit/test_tax.py", (2_000_000_000,) * 2)
    session = await start(root)

    found = await preview(session, kind, ["tests/unit"], [LOW])

    await session.run(kind, ["tests/unit"], [LOW])
    wanted = {
        "lastFailed": [HIGH],
        "outstanding": [ADD, HIGH],
        "failedFirst": [HIGH, ADD, TOTAL],
        "newFirst": [HIGH, ADD, TOTAL],
        "stepwise": [TOTAL, HIGH],
    }.get(kind, [ADD, TOTAL, HIGH])
    assert [test.id for test in found.tests] == wanted
    ran = [*session.outcomes()]
    assert ran == wanted[: 1 if kind == "stepwise" else None]


@pytest.mark.asyncio
async def test_with_no_failure_inside_nothing_would_run_and_nothing_does(
    project: Write, start: Start
) -> None:
    root = project(SHOP)
    remember(root, cache__lastfailed={HIGH: True})
    session = await start(root)

    found = await preview(session, "lastFailed", ["tests/test_api.py"])
    result = await session.run("lastFailed", ["tests/test_api.py"])

    assert (found.tests, found.total, found.deselected) == ([], 0, 0)
    assert found.status == "run-last-failure: 1 known failures not in selected tests"
    assert found.status in session.output()
    assert (result.exit_status, result.counts, result.problem) == (0, {}, None)


@pytest.mark.asyncio
async def test_excluding_runs_no_test_that_lies_outside_of_testpaths(
    project: Write, start: Start
) -> None:
    files = {
        "pytest.ini": "[pytest]\ntestpaths = tests\n",
        "other/test_more.py": SHOP["tests/test_api.py"],
    }
    session = await start(project({**SHOP, **files}))

    found = await preview(session, "all", exclude=["tests/unit"])

    await session.run("all", exclude=["tests/unit"])
    assert [test.id for test in found.tests] == [GET_1, GET_2] == [*session.outcomes()]


@pytest.mark.asyncio
async def test_a_preview_is_cut_at_the_limit_and_says_how_many_there_are(
    project: Write, start: Start
) -> None:
    many = "import pytest\n@pytest.mark.parametrize('n', range(1200))\ndef test_n(n): ...\n"
    session = await start(project({"test_many.py": many}))
    params = {"root": session.root_uri, "selection": {"kind": "all"}}

    by_default = await session.request(protocol.PREVIEW, params, protocol.PreviewResult)
    few = await preview(session, "all", limit=3)
    everything = await preview(session, "all", limit=0)

    assert [len(each.tests) for each in (by_default, few, everything)] == [1000, 3, 1200]
    assert {each.total for each in (by_default, few, everything)} == {1200}


@pytest.mark.asyncio
async def test_a_preview_needs_no_interpreter_no_trust_and_no_saved_text(
    project: Write, start: Start
) -> None:
    session = await start(project(SHOP), interpreter=None, trusted=False)
    session.open("tests/test_api.py", "def test_unsaved(): ...\n")
    await session.until_marked("tests/test_api.py", 1)

    found = await preview(session, "ids", ["tests/test_api.py"])

    assert drawn(found) == because("selected", [GET_1, GET_2])
    assert found.certain


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "files",
    [
        {
            "test_a.py": "import os, pytest\n"
            "@pytest.mark.parametrize('n', os.sep)\ndef test_a(n): ...\n"
        },
        {"test_a.py": "def test_a(client): ...\n"},
        {
            "test_a.py": "def test_a(): ...\n",
            "conftest.py": "def pytest_collection_modifyitems(): ...\n",
        },
        {"test_a.py": "def test_a(): ...\n", "pytest.ini": "[pytest]\naddopts = -k a\n"},
        {"test_a.py": "def test_a(): ...\n", "pytest.ini": "[pytest]\ntestpaths = test_a.py .\n"},
    ],
    ids=["computed", "unknown fixture", "hook", "addopts", "overlapping testpaths"],
)
async def test_what_parsing_cannot_know_is_not_certain(
    project: Write, start: Start, files: dict[str, str]
) -> None:
    session = await start(project(files))

    found = await preview(session, "all")

    assert [test.id for test in found.tests] == ["test_a.py::test_a"]
    assert not found.certain


@pytest.mark.asyncio
async def test_once_a_run_has_collected_a_file_its_tests_are_certain(
    project: Write, start: Start
) -> None:
    computed = "import pytest\n@pytest.fixture(params=[2, 1])\ndef given(request): ...\n"
    files = {"test_a.py": computed + "def test_b(): ...\ndef test_a(tmpdir_factory): ...\n"}
    files["test_b.py"] = "globals()['test_made'] = lambda: None\ndef test_b(): ...\n"
    session = await start(project(files))
    await session.run()

    found = await preview(session, "all")

    assert [test.id for test in found.tests] == [*session.outcomes()]
    assert "test_b.py::test_made" in [test.id for test in found.tests]
    assert found.certain


@pytest.mark.asyncio
async def test_a_file_that_cannot_be_parsed_ends_the_run_before_it_begins(
    project: Write, start: Start
) -> None:
    session = await start(project({**SHOP, "test_broken.py": "def\n"}))

    found = await preview(session, "all")
    beside = await preview(session, "ids", ["tests"])

    assert (found.tests, found.certain) == ([], False)
    assert found.status == "interrupted: 1 error during collection"
    assert drawn(beside) == because("selected", ALL)
    result = await session.run()
    assert (result.exit_status, session.outcomes()) == (2, {})
