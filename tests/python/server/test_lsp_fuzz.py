"""Whatever a client says, the server answers each request once and lives on."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from tests.python.server.conftest import Write
from tests.python.server.fuzzclient import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    PARSE_ERROR,
    Fuzzer,
    Json,
)
from tests.python.server.fuzzsamples import WRONG, broken, sample

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import uri_of

SOME = "def test_good(): ...\n\n\ndef test_bad(): assert 0\n"
HANDLED = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_SAVE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
    types.CANCEL_REQUEST,
    types.SET_TRACE,
    types.INITIALIZED,
)
HANDLED_REQUESTS = (types.INITIALIZE, types.WORKSPACE_EXECUTE_COMMAND)
ABOUT_DOCUMENTS = (
    types.TEXT_DOCUMENT_HOVER,
    types.TEXT_DOCUMENT_CODE_LENS,
    types.TEXT_DOCUMENT_CODE_ACTION,
)
ADDRESSES = (
    *("", "x", "untitled:Untitled-1", "http://x/y.py", "file:", "file://", "file:///", "file://["),
    *("file:///%", "file:///%zz/%e4.py", "file:///%00.py", "file:///\0.py", "file:///\ud800.py"),
    *("file://host/x.py", "FILE:///x.py", "file:///x.py?query#part", "vscode-notebook-cell:/x.py"),
    *("file:///" + "x/" * 5000 + "y.py", "git:/test_a.py"),
)


@pytest_asyncio.fixture
async def fuzzer(project: Write) -> AsyncIterator[Fuzzer]:
    """Return a client that has begun as clients do."""
    found = Fuzzer(project({"test_a.py": SOME}))
    await found.start()
    try:
        await found.initialize()
        yield found
    finally:
        await found.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize("method", protocol.REQUESTS)
async def test_a_request_with_anything_wrong_in_it_is_answered(fuzzer: Fuzzer, method: str) -> None:
    params = sample(protocol.REQUESTS[method][0], "params")

    asked = [fuzzer.ask(method, wrong) for wrong in broken(params)]
    asked += [fuzzer.ask(method, params)]
    codes = {await fuzzer.code(known) for known in asked}

    # An unknown root is an error for people; nothing is an error of the server's own.
    assert codes <= {0, INVALID_PARAMS, -32803}, codes
    without_root = {protocol.STATUS, protocol.FAILURES, protocol.SET_INTERPRETER}
    assert method in without_root or 0 not in codes
    await fuzzer.is_well()


@pytest.mark.asyncio
async def test_messages_of_lsp_with_anything_wrong_in_them_are_survived(fuzzer: Fuzzer) -> None:
    for method in HANDLED:
        kind = types.METHOD_TO_TYPES[method][2]
        for wrong in broken(sample(kind, "params")):
            fuzzer.notify(method, wrong)
    for method in protocol.NOTIFICATIONS:
        for wrong in WRONG:
            fuzzer.notify(method, wrong)
    refused, answered = (
        [
            fuzzer.ask(method, wrong)
            for method in methods
            for wrong in itertools.islice(
                broken(sample(types.METHOD_TO_TYPES[method][2], "p")), 200
            )
        ]
        for methods in (HANDLED_REQUESTS, ABOUT_DOCUMENTS)
    )

    assert 0 not in {await fuzzer.code(known) for known in refused}
    # Nothing is known of a document that is not there, and that is no error.
    assert {await fuzzer.code(known) for known in answered} == {0, INVALID_PARAMS}
    await fuzzer.is_well()


@pytest.mark.asyncio
async def test_unknown_methods_are_not_found_or_passed_over(fuzzer: Fuzzer) -> None:
    for method in ("", "recall/nothing", "textDocument/nothing", "$/nothing", "x" * 10**6):
        known = fuzzer.ask(method, {})
        fuzzer.notify(method, {})

        assert await fuzzer.code(known) == METHOD_NOT_FOUND
    await fuzzer.is_well()


@pytest.mark.asyncio
async def test_requests_stand_for_requests_and_notifications_for_notifications(
    fuzzer: Fuzzer,
) -> None:
    root = {"root": uri_of(str(fuzzer.root))}
    run = {**root, "token": "t", "selection": {"kind": "all"}}
    asked = [fuzzer.ask(method, {}) for method in (*HANDLED, types.EXIT, *protocol.NOTIFICATIONS)]
    for method in (*protocol.REQUESTS, types.INITIALIZE, types.SHUTDOWN, *HANDLED_REQUESTS):
        fuzzer.notify(method, run if method == protocol.RUN else root)

    assert {await fuzzer.code(known) for known in asked} == {INVALID_REQUEST}
    await fuzzer.is_well()
    assert protocol.RUN_STARTED not in {note["method"] for note in fuzzer.notes}


@pytest.mark.asyncio
async def test_what_is_no_message_is_refused(fuzzer: Fuzzer) -> None:
    request: dict[str, Json] = {"jsonrpc": "2.0", "id": "x", "method": protocol.STATUS}
    ids: tuple[Json, ...] = (None, True, 1.5, [], {})
    methods: tuple[Json, ...] = (None, True, 1, [], {})
    versions: tuple[Json, ...] = (None, "1.0", 2.0, [])
    wrong: tuple[Json, ...] = (
        *(None, 5, "x", [], [request], {}, {"jsonrpc": "2.0"}, {"id": 5, "method": 1}),
        *({**request, "id": wrong} for wrong in ids),
        *({**request, "method": wrong} for wrong in methods),
        *({**request, "jsonrpc": wrong} for wrong in versions),
    )
    for at, message in enumerate(wrong):
        own = isinstance(message, dict) and _has_id(message)
        fuzzer.say({**message, "id": f"w{at}"} if isinstance(message, dict) and own else message)
    for known in (*ids, 1, 10**9, "x"):
        fuzzer.say({"jsonrpc": "2.0", "id": known, "result": 5})
        fuzzer.say({"jsonrpc": "2.0", "id": known, "error": 5})
        fuzzer.say({"jsonrpc": "2.0", "id": known})

    await fuzzer.is_well()
    named = [at for at, message in enumerate(wrong) if _has_id(message)]
    assert [await fuzzer.code(f"w{at}") for at in named] == [INVALID_REQUEST] * len(named)
    assert {str(answer["error"])[:16] for answer in fuzzer.unnamed} == {"{'code': -32600,"}


def _has_id(message: Json) -> bool:
    return isinstance(message, dict) and message.get("id") == "x"


@pytest.mark.asyncio
async def test_nothing_is_answered_before_initialize_nor_after_shutdown(project: Write) -> None:
    fuzzer = Fuzzer(project({"test_a.py": SOME}))
    await fuzzer.start()
    try:
        early = [fuzzer.ask(method, None) for method in (*protocol.REQUESTS, types.SHUTDOWN, "x")]
        for method in HANDLED:
            fuzzer.notify(method, sample(types.METHOD_TO_TYPES[method][2], "params"))
        wrong = fuzzer.ask(types.INITIALIZE, {"processId": "x"})
        assert {await fuzzer.code(known) for known in early} == {NOT_INITIALIZED}
        assert await fuzzer.code(wrong) == INVALID_PARAMS
        await fuzzer.initialize()
        again = fuzzer.ask(
            types.INITIALIZE, {"processId": None, "rootUri": None, "capabilities": {}}
        )
        assert await fuzzer.code(again) == INVALID_REQUEST
        fuzzer.notify(types.INITIALIZED, {})
        await fuzzer.is_well()
        assert await fuzzer.request(types.SHUTDOWN, None) is None
        late = [fuzzer.ask(method, None) for method in (*protocol.REQUESTS, types.SHUTDOWN, "x")]
        assert {await fuzzer.code(known) for known in late} == {INVALID_REQUEST}
        fuzzer.notify(types.EXIT, [1])
        await asyncio.wait_for(fuzzer.process.wait(), 10)
    finally:
        await fuzzer.stop()


@pytest.mark.asyncio
async def test_huge_messages_are_taken_or_refused(fuzzer: Fuzzer) -> None:
    root = uri_of(str(fuzzer.root))
    many = [f"test_a.py::test_{number}" for number in range(100_000)]
    selection = {"kind": "ids", "ids": many, "exclude": many}
    asked = [
        fuzzer.ask(protocol.STATUS, None, "i" * 10**6),
        fuzzer.ask(protocol.STATUS, {"unknown": "x" * 5 * 10**6}),
        fuzzer.ask(protocol.RUN, {"root": "file:///gone", "token": "t", "selection": selection}),
        fuzzer.ask(protocol.RUN, {"root": root, "token": many, "selection": selection}),
        fuzzer.ask(protocol.CACHE_VALUE, {"root": root, "key": "k" * 10**6}),
        fuzzer.ask(protocol.CACHE_VALUE, {"root": "r" * 10**6, "key": "k"}),
    ]
    changes = [{"uri": f"{root}/test_{number}.py", "type": 2} for number in range(100_000)]
    fuzzer.notify(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, {"changes": changes})
    deep = b"[" * 200_000 + b"]" * 200_000
    fuzzer.write(b"Content-Length: %d\r\n\r\n" % len(deep) + deep)

    codes = [await fuzzer.code(known) for known in asked]

    assert codes == [0, 0, -32803, INVALID_PARAMS, -32803, -32803]
    sizes = [len(json.dumps(fuzzer.answers[known])) for known in asked[1:5]]
    assert max(sizes) < 2 * 10**6
    await fuzzer.is_well()


@pytest.mark.asyncio
async def test_requests_are_answered_once_however_they_are_cancelled(fuzzer: Fuzzer) -> None:
    root = {"root": uri_of(str(fuzzer.root))}
    asked = []
    for number in range(100):
        method = (protocol.STATUS, protocol.CACHE_KEYS, protocol.RESYNC)[number % 3]
        asked.append(fuzzer.ask(method, None if method == protocol.STATUS else root))
        if number % 2:
            fuzzer.notify(types.CANCEL_REQUEST, {"id": asked[-1]})
            fuzzer.notify(types.CANCEL_REQUEST, {"id": asked[-1]})
        fuzzer.notify(types.CANCEL_REQUEST, {"id": f"unknown {number}"})
        # An answer to what the client itself has asked is no answer of ours.
        fuzzer.say({"jsonrpc": "2.0", "id": asked[-1], "result": None})

    codes = {await fuzzer.code(known) for known in asked}

    assert codes <= {0, -32800}
    await fuzzer.is_well()


@pytest.mark.asyncio
async def test_the_next_message_is_heard_after_one_that_is_not_as_long_as_it_says(
    fuzzer: Fuzzer,
) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": "lost", "method": protocol.STATUS}).encode()
    for header in (
        b"Content-Length: %d\r\n\r\n" % (len(body) - 5),
        b"Content-Length: %d\r\n\r\n" % (len(body) + 5),
        b"Content-Length: 0\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: 99999999999999\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: %d\r\n\r\n" % len(body),
        b"nonsense\r\n\xff\xfe\r\n\r\ncontent-length:%d\nX: y\r\n\r\n" % len(body),
    ):
        fuzzer.write(header + body)
        # What was taken for the end of the message before is lost with it.
        fuzzer.notify("$/lost", None)
        await fuzzer.is_well()
        fuzzer.answered.pop("lost", None)
    for wrong in (b"{", b"\xff\xfe", b"nonsense", b'{"a":' + b"9" * 5000 + b"}", b"\0", b"{}{}"):
        fuzzer.write(b"Content-Length: %d\r\n\r\n" % len(wrong) + wrong)
    await fuzzer.is_well()
    assert str(PARSE_ERROR) in str(fuzzer.unnamed[-1])


@pytest.mark.asyncio
async def test_addresses_that_are_no_files_do_no_harm(fuzzer: Fuzzer) -> None:
    root = uri_of(str(fuzzer.root))
    own = (f"{root}/%00.py", f"{root}/%e4%ff.py", f"{root}/x%", f"{root}/{'x' * 300}.py", root)
    asked = []
    for uri in (*ADDRESSES, *own):
        document = {"uri": uri, "languageId": "python", "version": 1, "text": SOME}
        change = {"text": "def test_x(): ...\n"}
        fuzzer.notify(types.TEXT_DOCUMENT_DID_OPEN, {"textDocument": document})
        fuzzer.notify(
            types.TEXT_DOCUMENT_DID_CHANGE,
            {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]},
        )
        fuzzer.notify(types.TEXT_DOCUMENT_DID_SAVE, {"textDocument": {"uri": uri}})
        fuzzer.notify(types.TEXT_DOCUMENT_DID_CLOSE, {"textDocument": {"uri": uri}})
        asked += [fuzzer.ask(protocol.CACHE_KEYS, {"root": uri})] if uri != root else []
    changes = [{"uri": uri, "type": 2} for uri in (*ADDRESSES, *own)]
    (fuzzer.root / "test_b.py").write_text("def test_new(): ...\n")
    changes.append({"uri": f"{root}/test_b.py", "type": 1})
    fuzzer.notify(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, {"changes": changes})
    event = {"added": [{"uri": uri, "name": "x"} for uri in ADDRESSES if uri.startswith("file")]}
    gone = [{"uri": "file:///never/there", "name": "x"}]
    fuzzer.notify(
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, {"event": {**event, "removed": gone}}
    )

    assert {await fuzzer.code(known) for known in asked} == {-32803}
    # What came beside them counts.
    await fuzzer.until(lambda: any("test_b.py" in json.dumps(note) for note in fuzzer.notes))
    await fuzzer.is_well(tests=3)


@pytest.mark.asyncio
async def test_edits_that_cannot_be_leave_the_others(fuzzer: Fuzzer) -> None:
    uri = uri_of(str(fuzzer.root / "test_a.py"))

    def edit(version: Json, *places: Json, text: str = "", to: str = uri) -> None:
        line, column, end_line, end_column = places
        start, end = (
            {"line": line, "character": column},
            {"line": end_line, "character": end_column},
        )
        change = {"range": {"start": start, "end": end}, "text": text}
        document = {"uri": to, "version": version}
        fuzzer.notify(
            types.TEXT_DOCUMENT_DID_CHANGE, {"textDocument": document, "contentChanges": [change]}
        )

    document = {"uri": uri, "languageId": "python", "version": 5, "text": SOME}
    edit(1, 0, 0, 0, 0, text="early")
    for _ in range(2):
        fuzzer.notify(types.TEXT_DOCUMENT_DID_OPEN, {"textDocument": document})
    edit(6, 0, 0, 0, 0, to=uri_of(str(fuzzer.root / "test_b.py")))
    for places in ((-1, 0, 0, 0), (0, -1, 0, 0), (0, 0, 2**40, 0), ("0", 0, 0, 0), (0.5, 0, 0, 0)):
        edit(7, *places, text="x")
    edit(4, 2**31 - 1, 0, 2**31 - 1, 2**31 - 1, text="\n# end\n")
    edit(3, 3, 5, 1, 2, text="")
    for version in range(10_000):
        edit(version + 10, 0, 0, 0, version % 2, text="#" if version % 2 == 0 else "")

    fuzzer.notify(types.TEXT_DOCUMENT_DID_CLOSE, {"textDocument": {"uri": uri}})
    fuzzer.notify(types.TEXT_DOCUMENT_DID_CLOSE, {"textDocument": {"uri": uri}})
    await fuzzer.is_well()
    marks = [note["params"] for note in fuzzer.notes if note["method"] == protocol.MARKERS]
    assert any('"version": 10009' in json.dumps(each) for each in marks)


PLANTED = """
import os, sys
from pytest_recall_server.__main__ import _set_up_logging, make_server
from lsprotocol import types
from pytest_recall_server.lsp import protocol
_set_up_logging()
server = make_server(dict(os.environ))
async def planted_request(_): raise ZeroDivisionError("planted in a request")
def planted_notification(_): raise ZeroDivisionError("planted in a notification")
async def planted_later(_): raise ZeroDivisionError("planted for later")
server.protocol.fm._features[protocol.DOCTOR] = planted_request
server.protocol.fm._features[types.TEXT_DOCUMENT_DID_OPEN] = planted_notification
server.protocol.fm._features[types.TEXT_DOCUMENT_DID_SAVE] = planted_notification
server.protocol.fm._features[types.WORKSPACE_DID_CHANGE_WATCHED_FILES] = planted_later
server.start_io()
"""


@pytest.mark.asyncio
async def test_what_a_handler_raises_is_logged_with_its_traceback_and_answered(
    project: Write, tmp_path: Path
) -> None:
    (tmp_path / "planted.py").write_text(PLANTED)
    fuzzer = Fuzzer(project({"test_a.py": SOME}))
    await fuzzer.start(str(tmp_path / "planted.py"))
    try:
        await fuzzer.initialize()
        for method in (
            types.TEXT_DOCUMENT_DID_OPEN,
            types.TEXT_DOCUMENT_DID_SAVE,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        ):
            params = sample(types.METHOD_TO_TYPES[method][2], "params")
            fuzzer.notify(method, params)
        asked = fuzzer.ask(protocol.DOCTOR, {})

        assert await fuzzer.code(asked) == -32603
        await fuzzer.is_well()
        names = ("request", "notification", "notification", "later")
        await fuzzer.until(lambda: fuzzer.stderr.count(", in planted_") == len(names))
        assert fuzzer.stderr.count(", in planted_notification") == 2
    finally:
        await fuzzer.stop()
