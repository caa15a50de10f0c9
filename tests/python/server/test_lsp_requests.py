"""Every request of the protocol: answered well, for a root that is not there, and misspelt."""

from __future__ import annotations

# ruff: noqa: S106 # a token names a run
import asyncio
import sys

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import PATIENCE, Session
from tests.python.server.test_lsp_tree import remember

from pytest_recall_server import __version__
from pytest_recall_server.lsp import protocol

SOME = "def test_good(): ...\n\n\ndef test_bad(): assert 0\n"
ABOUT_WHAT_IS_NOT_THERE = {
    protocol.FILE_COVERAGE,
    protocol.RUN_TESTS,
    protocol.RUN_REPORT,
    protocol.CACHE_DELETE,
    protocol.CACHE_UNDO,
}
"""Requests about a run or a key that this project does not have."""
NO_ROOT = "file:///never/there"


def params_of(method: str, root: str) -> object:
    """Return right params of a request."""
    selection = protocol.Selection(kind="lastFailed")
    interpreter = protocol.Interpreter(path=sys.executable)
    return {
        protocol.RUN: protocol.RunParams(root=root, token="run", selection=selection),
        protocol.PREVIEW: protocol.PreviewParams(root=root, selection=selection),
        protocol.CHILDREN: protocol.ChildrenParams(root=root, ids=["test_a.py"]),
        protocol.CACHE_VALUE: protocol.CacheValueParams(root=root, key="cache/lastfailed"),
        protocol.DOCTOR: protocol.DoctorParams(root=root, repair=False),
        protocol.FAILURE: protocol.NamedTests(root=root, ids=["test_a.py::test_bad"]),
        protocol.STEPWISE: protocol.StepwiseParams(root=root, selection=selection),
        protocol.FILE_COVERAGE: protocol.FileCoverageParams(root=root, token="run", uri=root),
        protocol.DEBUG_ENDED: protocol.DebugEndedParams(root=root, token="debug"),
        protocol.RUNS: protocol.RunsParams(root=root),
        protocol.RUN_TESTS: protocol.RunTestsParams(root=root, run="no-run", outcomes=[]),
        protocol.RUN_REPORT: protocol.RunReportParams(root=root, run="no-run"),
        protocol.CACHE_DELETE: protocol.CacheDeleteParams(root=root, key="no/key", kind="value"),
        protocol.CACHE_UNDO: protocol.CacheUndoParams(root=root),
        protocol.FORGET: protocol.NamedTests(root=root, ids=["test_a.py::test_no"]),
        protocol.IMPORT: protocol.ImportParams(
            root=root, files=[], text="FAILED test_a.py::test_bad - assert 0", into="look"
        ),
        protocol.STATUS: None,
        protocol.SET_INTERPRETER: protocol.SetInterpreterParams(
            interpreter=interpreter, args=[], trusted=True
        ),
    }.get(method, protocol.RootParams(root=root))


async def refusal(session: Session, method: str, params: object) -> str:
    """Return the code and the message of the error that a request is answered with."""
    sent = session.client.protocol.send_request(method, session.converter.unstructure(params))
    with pytest.raises(Exception, match=r".+") as caught:
        await asyncio.wait_for(asyncio.wrap_future(sent), 10)
    return f"{getattr(caught.value, 'code', None)} {caught.value}"


@pytest.mark.asyncio
async def test_every_request_has_its_answer(project: Write, start: Start) -> None:
    root = project({"test_a.py": SOME})
    remember(root, ["test_a.py::test_bad"], ["test_a.py::test_good", "test_a.py::test_bad"])
    session = await start(root)
    answers: dict[str, object] = {}

    for method, (_, result) in protocol.REQUESTS.items():
        if method in ABOUT_WHAT_IS_NOT_THERE:
            continue
        answers[method] = await session.request(method, params_of(method, session.root_uri), result)

    run = answers[protocol.RUN]
    assert isinstance(run, protocol.RunResult)
    assert (run.counts, run.exit_status) == ({"failed": 1}, 1)
    keys = answers[protocol.CACHE_KEYS]
    assert isinstance(keys, protocol.CacheKeysResult)
    assert "cache/lastfailed" in {entry.key for entry in keys.entries}
    value = answers[protocol.CACHE_VALUE]
    assert isinstance(value, protocol.CacheValueResult)
    assert "test_a.py::test_bad" in value.text
    status = answers[protocol.STATUS]
    assert isinstance(status, protocol.StatusResult)
    assert [(each.root, each.runs) for each in status.roots] == [(session.root_uri, [])]
    cleared = answers[protocol.CACHE_CLEAR]
    assert isinstance(cleared, protocol.CacheRemoval)
    assert cleared.removed >= 2
    doctor = answers[protocol.DOCTOR]
    assert isinstance(doctor, protocol.DoctorResult)
    assert (doctor.findings, doctor.failures) == ([], 0)
    assert answers[protocol.RESYNC] is None
    assert answers[protocol.SET_INTERPRETER] is None


@pytest.mark.asyncio
async def test_every_request_about_a_root_says_when_it_is_not_there(
    project: Write, start: Start
) -> None:
    session = await start(project({"test_a.py": SOME}))
    about = [
        method
        for method, (kind, _) in protocol.REQUESTS.items()
        # Interpreters may be named before their roots are there.
        if "root" in getattr(kind, "__annotations__", ()) and method != protocol.SET_INTERPRETER
    ]
    assert len(about) >= 6

    for method in about:
        said = await refusal(session, method, params_of(method, NO_ROOT))
        assert said == f"-32803 {NO_ROOT} is not a root of this workspace"


@pytest.mark.asyncio
async def test_every_request_says_which_member_is_wrong(project: Write, start: Start) -> None:
    session = await start(project({"test_a.py": SOME}))
    root = session.root_uri
    interpreter = {"path": None}
    selection = {"kind": "all"}
    wrong: list[tuple[str, object, str]] = [
        (protocol.RESYNC, {"root": 3}, "root"),
        (protocol.CACHE_KEYS, {}, "root"),
        (protocol.CACHE_CLEAR, {"root": None}, "root"),
        (protocol.CACHE_VALUE, {"root": root, "key": []}, "key"),
        (protocol.DOCTOR, {"root": root, "repair": 1}, "repair"),
        (protocol.RUN, {"root": root, "token": "t", "selection": {"kind": "some"}}, "kind"),
        (protocol.RUN, {"root": root, "token": 1, "selection": selection}, "token"),
        (protocol.RUN, {"root": root, "token": "t", "selection": {**selection, "ids": "x"}}, "ids"),
        (
            protocol.SET_INTERPRETER,
            {"interpreter": interpreter, "args": [1], "trusted": True},
            "args",
        ),
        (protocol.SET_INTERPRETER, {"interpreter": interpreter, "args": []}, "trusted"),
    ]

    for method, params, member in wrong:
        said = await refusal(session, method, params)
        assert said.startswith("-32602 "), said
        assert member in said


@pytest.mark.asyncio
async def test_the_status_tells_how_the_server_and_its_roots_are(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SOME, "test_b.py": SOME})
    remember(root, ["test_a.py::test_bad"], ["test_a.py::test_good", "test_a.py::test_bad"])
    session = await start(root)
    session.open("test_a.py")

    status = await session.request(protocol.STATUS, None, protocol.StatusResult)

    (told,) = status.roots
    assert (told.files, told.tests, told.failed, told.new, told.parsed) == (2, 4, 1, 2, 2)
    assert told.timings.keys() == {"cache", "known", "first", "tests", "journals"}
    assert all(0 <= seconds < PATIENCE for seconds in told.timings.values())
    assert status.documents == 1
    assert 0 < status.uptime < PATIENCE
    assert status.memory is not None
    assert 10_000_000 < status.memory < 200_000_000
    assert status.version == __version__
