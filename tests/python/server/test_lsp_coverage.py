"""Runs with coverage, with real coverage.py and pytest-cov."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import REPOSITORY, Session

from pytest_recall_server.lsp import protocol

PYTHON = str(REPOSITORY / ".venv/plugins/bin/python")
WITHOUT = str(REPOSITORY / ".venv/projects/bin/python")
QUIET = ["-p", "no:randomly", "-p", "no:asyncio", "-p", "no:django"]
ALONE = [*QUIET, "-p", "no:pytest_cov"]
SHOP = """\
class Price:
    def of(self, pieces):
        if pieces > 3:
            return 1
        return 2


def unused():
    return 5
"""
TESTS = """\
import json, os, pathlib, pytest, shop

def test_few():
    assert shop.Price().of(1) == 2

@pytest.mark.parametrize("pieces", [4, 5])
def test_many(pieces):
    if "MANY" in os.environ:
        assert shop.Price().of(pieces) == 1

class TestSeen:
    def test_environment(self):
        seen = {name: value for name, value in os.environ.items() if "COVERAGE" in name}
        pathlib.Path(__file__).with_name("seen.json").write_text(json.dumps(seen))
"""
FILES = {"shop.py": SHOP, "test_shop.py": TESTS, ".coverage": "the project's own"}


def files_of(session: Session, token: str = "run") -> dict[str, protocol.FileCoverage]:  # noqa: S107
    """Return what was told of the files of a run, by their paths."""
    start = session.root_uri + "/"
    told = (params for params in session.covered if params.token == token)
    return {file.uri.removeprefix(start): file for params in told for file in params.files}


def counts(file: protocol.FileCoverage) -> str:
    """Return how much of a file was covered."""
    found = [file.statements, *([] if file.branches is None else [file.branches])]
    return " ".join(f"{count.covered}/{count.total}" for count in found)


async def lines(
    session: Session,
    path: str,
    test: str | None = None,
    token: str = "run",  # noqa: S107
) -> str:
    """Draw the lines of a file: its number, + or - or, with a branch that was not taken, ~."""
    params = protocol.FileCoverageParams(
        root=session.root_uri, token=token, uri=session.uri(path), test=test
    )
    told = await session.request(protocol.FILE_COVERAGE, params, protocol.FileCoverageResult)
    return " ".join(f"{_sign(line)}{line.line}" for line in told.lines)


def _sign(line: protocol.CoveredLine) -> str:
    if not line.covered:
        return "-"
    return "+" if all(branch.taken for branch in line.branches) else "~"


def seen(root: Path) -> Mapping[str, str]:
    """Return the variables about coverage that a test has found."""
    told: dict[str, str] = json.loads((root / "seen.json").read_text())
    return told


@pytest.mark.asyncio
async def test_a_run_tells_lines_and_branches_and_no_test_can_tell(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    session = await start(root, interpreter=PYTHON, args=QUIET)

    result = await session.run("ids", ["test_shop.py"], coverage="files")

    assert (result.exit_status, result.problem) == (0, None)
    files = files_of(session)
    assert {path: counts(file) for path, file in files.items()} == {
        "shop.py": "5/7 1/2",
        "test_shop.py": "10/11 1/2",
    }
    assert files["shop.py"].tests == []
    assert await lines(session, "shop.py") == "+0 +1 ~2 -3 +4 +7 -8"
    assert (root / ".coverage").read_text() == "the project's own"
    assert sorted(path.name for path in root.glob(".cov*")) == [".coverage"]
    assert "COVERAGE_FILE" not in seen(root)
    assert "TOTAL" in session.output()
    assert "pytest_recall" not in session.output().partition("tests coverage")[2]
    assert session.started[0].terminal == (
        f"cd {root} && {PYTHON} -m pytest {shlex.join(QUIET)} --cov --cov-branch test_shop.py"
    )


@pytest.mark.asyncio
async def test_what_each_test_covers_is_told_where_it_is_asked_for(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    session = await start(
        root, interpreter=PYTHON, args=QUIET, environment={"MANY": "", "COVERAGE_FILE": "theirs"}
    )

    await session.run(
        "ids", ["test_shop.py::test_few", "test_shop.py::test_many"], coverage="tests"
    )
    await session.run("ids", ["test_shop.py::TestSeen"], token="two", coverage="files")  # noqa: S106

    many = [f"test_shop.py::test_many[{pieces}]" for pieces in (4, 5)]
    assert files_of(session)["shop.py"].tests == ["test_shop.py::test_few", *many]
    assert await lines(session, "shop.py") == "+0 +1 +2 +3 +4 +7 -8"
    assert await lines(session, "shop.py", "test_shop.py::test_few") == "+2 +4"
    assert await lines(session, "shop.py", many[0]) == "+2 +3"
    assert files_of(session, "two")["shop.py"].tests == []
    assert seen(root)["COVERAGE_FILE"] == "theirs"
    assert not (root / "theirs").exists()


@pytest.mark.asyncio
async def test_workers_are_measured_by_the_configuration_of_the_project(
    project: Write, start: Start
) -> None:
    ini = "[run]\nsource = .\nomit = test_*\nparallel = true\n[report]\nfail_under = 100\n"
    root = project({**FILES, "idle.py": "IDLE = 1\n", ".coveragerc": ini})
    session = await start(root, interpreter=PYTHON, args=[*QUIET, "-n", "2"])

    result = await session.run(coverage="files")

    # It says nothing of branches, so they do not count; too little is a failure, as in a terminal.
    assert (result.exit_status, result.problem) == (1, None)
    assert {path: counts(file) for path, file in files_of(session).items()} == {
        "idle.py": "0/1",
        "shop.py": "5/7",
    }
    assert "COVERAGE_FILE" not in seen(root)
    assert (root / ".coverage").read_text() == "the project's own"


@pytest.mark.asyncio
async def test_without_pytest_cov_coverage_measures_alone(project: Write, start: Start) -> None:
    ini = "[run]\nbranch = true\nparallel = true\ndynamic_context = test_function\n"
    root = project({**FILES, ".coveragerc": ini})
    session = await start(root, interpreter=PYTHON, args=[*ALONE, "-n", "0"])

    result = await session.run(coverage="files")

    assert (result.exit_status, result.problem) == (0, None)
    file = files_of(session)["shop.py"]
    assert (counts(file), file.tests) == ("5/7 1/2", ["test_shop.py::test_few"])
    assert await lines(session, "shop.py", "test_shop.py::test_few") == "+2 +4"
    assert "pytest-xdist are not measured" in session.output()
    assert session.started[0].terminal == (
        f"cd {root} && {PYTHON} -m coverage run -m pytest {shlex.join([*ALONE, '-n', '0'])}"
    )
    assert "COVERAGE_FILE" not in seen(root)
    assert sorted(path.name for path in root.glob(".cov*")) == [".coverage", ".coveragerc"]


@pytest.mark.asyncio
async def test_what_the_project_measures_anyway_stays_as_it_says(
    project: Write, start: Start
) -> None:
    addopts = f"addopts = {shlex.join(QUIET)} --cov=shop --cov-report=json:out/cov.json"
    root = project({**FILES, "pytest.ini": f"[pytest]\n{addopts} --cov-fail-under=71\n"})
    session = await start(root, interpreter=PYTHON)

    measured = await session.run(coverage="files")
    plain = await session.run(token="plain")  # noqa: S106

    # 5 of 7 lines; our own, of which most do not run, do not count in either.
    assert (measured.exit_status, plain.exit_status) == (0, 0)
    assert {path: counts(file) for path, file in files_of(session).items()} == {"shop.py": "5/7"}
    assert (root / "out/cov.json").exists()
    assert session.started[0].terminal == f"cd {root} && {PYTHON} -m pytest"


@pytest.mark.asyncio
async def test_a_bare_cov_of_the_project_does_not_count_our_files(
    project: Write, start: Start
) -> None:
    addopts = f"addopts = {shlex.join(QUIET)} --cov --cov-fail-under=83"
    root = project({**FILES, "pytest.ini": f"[pytest]\n{addopts}\n"})
    session = await start(root, interpreter=PYTHON)

    result = await session.run()

    assert result.exit_status == 0, session.output()
    assert "pytest_recall" not in session.output().partition("tests coverage")[2]


@pytest.mark.asyncio
async def test_what_is_wrong_with_coverage_is_a_sentence_and_the_results_stand(
    project: Write, start: Start
) -> None:
    broken_ini = "[run]\nbranch = perhaps\n"
    breaks = f"def test_breaks():\n    open('.coveragerc', 'w').write({broken_ini!r})\n"
    ini = "[run]\nsource = nowhere\n"
    root = project({**FILES, "test_breaks.py": breaks, ".coveragerc": ini})
    session = await start(root, interpreter=PYTHON, args=ALONE)

    empty = await session.run("ids", ["test_shop.py"], token="empty", coverage="files")  # noqa: S106
    (root / ".coveragerc").unlink()
    broken = await session.run("ids", ["test_breaks.py"], coverage="files")
    refused = await session.run(token="refused", coverage="files")  # noqa: S106

    assert (empty.exit_status, empty.counts) == (0, {"passed": 4})
    assert empty.problem == "coverage.py could not report what was covered: No data to report."
    assert (broken.exit_status, broken.counts) == (0, {"passed": 1})
    assert (broken.problem or "").startswith("coverage.py could not report what was covered: Coul")
    assert refused.run is None
    assert (refused.problem or "").startswith("pytest ended before it could run any test: Couldn")
    assert session.covered == []


@pytest.mark.asyncio
async def test_where_nothing_can_measure_nothing_runs_and_it_says_what_helps(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    session = await start(root, interpreter=WITHOUT)

    missing = await session.run(coverage="files")

    assert missing.problem == (
        f"{WITHOUT} has neither pytest-cov nor coverage: install one with"
        f" `{WITHOUT} -m pip install pytest-cov`, or run without coverage."
    )
    for token, python, args, trusted, problem in (
        ("off", PYTHON, ["--no-cov"], True, "Coverage is switched off: remove --no-cov"),
        ("restricted", PYTHON, [], False, "This workspace is not trusted"),
    ):
        await session.request(
            protocol.SET_INTERPRETER,
            protocol.SetInterpreterParams(
                interpreter=protocol.Interpreter(path=python), args=args, trusted=trusted
            ),
            type(None),
        )
        result = await session.run(token=token, coverage="files")
        assert (result.problem or "").startswith(problem)
    assert not (root / "seen.json").exists()
    assert session.started == []
