"""What any editor sees and does by standard LSP: diagnostics, lenses, hovers, actions, commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session
from tests.python.server.test_lsp_tree import run_in_terminal

from pytest_recall_server.lsp.protocol import FailureText, NamedTests

FILE = """\
import pytest
from helper import check


def test_bad():
    x = 4
    assert x == 3


@pytest.mark.parametrize("n", [1, 2, 3])
def test_n(n):
    check(n)


def test_good():
    pass
"""
HELPER = "def check(n):\n    assert n < 2\n"
MENDED = FILE.replace("x == 3", "x == 4")


def diagnostics(session: Session, path: str) -> list[str]:
    """Return the diagnostics of a file, a line each."""
    found = session.diagnostics.get(session.uri(path), ())
    return [
        f"{each.range.start.line}:{each.range.start.character} {each.message}" for each in found
    ]


async def lenses(session: Session, path: str) -> list[tuple[int, str, str]]:
    """Return the code lenses of a document: line, title, command."""
    document = types.TextDocumentIdentifier(uri=session.uri(path))
    found = await session.client.text_document_code_lens_async(
        types.CodeLensParams(text_document=document)
    )
    return [
        (each.range.start.line, each.command.title, each.command.command)
        for each in found or ()
        if each.command is not None
    ]


async def hover(session: Session, path: str, line: int, column: int) -> str | None:
    """Return the text of a hover."""
    found = await session.client.text_document_hover_async(
        types.HoverParams(
            text_document=types.TextDocumentIdentifier(uri=session.uri(path)),
            position=types.Position(line=line, character=column),
        )
    )
    if found is None:
        return None
    assert isinstance(found.contents, types.MarkupContent)
    return found.contents.value


async def actions(session: Session, path: str, line: int) -> dict[str, types.Command]:
    """Return the code actions on a line, by title."""
    here = types.Position(line=line, character=0)
    found = await session.client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(uri=session.uri(path)),
            range=types.Range(start=here, end=here),
            context=types.CodeActionContext(diagnostics=[]),
        )
    )
    return {
        each.title: each.command
        for each in found or ()
        if isinstance(each, types.CodeAction) and each.command is not None
    }


async def execute(session: Session, command: str, argument: object = None) -> None:
    """Carry out a command of the server's."""
    arguments = [] if argument is None else [argument]
    await session.client.workspace_execute_command_async(
        types.ExecuteCommandParams(command=command, arguments=arguments)
    )


async def failing(project: Write) -> Path:
    """Write a project whose failures a run has found."""
    root = project({"test_a.py": FILE, "helper.py": HELPER})
    await run_in_terminal(root)
    return root


@pytest.mark.asyncio
async def test_failures_are_diagnostics_and_go_when_they_pass(project: Write, start: Start) -> None:
    root = await failing(project)
    (root / "test_broken.py").write_text("import nowhere\n")
    await run_in_terminal(root)

    session = await start(root)

    # Of files that are not open too.
    await session.until(lambda: diagnostics(session, "test_broken.py"))
    failures = ["6:0 assert 4 == 3", "11:0 AssertionError"]
    await session.until(lambda: diagnostics(session, "test_a.py") == failures)
    (related,) = session.diagnostics[session.uri("test_a.py")][1].related_information or ()
    assert related.message == "in check"
    assert related.location.uri == session.uri("helper.py")
    assert related.location.range.start.line == 1

    session.open("test_a.py")
    await session.until(lambda: "6:4 assert 4 == 3" in diagnostics(session, "test_a.py"))
    session.edit("test_a.py", 2, (0, 0), (0, 0), "\n")
    await session.until(lambda: "7:4 assert 4 == 3" in diagnostics(session, "test_a.py"))
    session.edit("test_a.py", 3, (7, 11), (7, 12), "y")
    outdated = "7:4 outdated: assert 4 == 3"
    await session.until(lambda: outdated in diagnostics(session, "test_a.py"))

    (root / "test_a.py").write_text(MENDED)
    (root / "helper.py").write_text("def check(n):\n    pass\n")
    (root / "test_broken.py").write_text("")
    session.touched("test_a.py", "helper.py", "test_broken.py")
    await session.run()
    await session.until(
        lambda: (
            not any(
                diagnostics(session, path) for path in ("test_a.py", "helper.py", "test_broken.py")
            )
        )
    )


@pytest.mark.asyncio
async def test_lenses_and_hovers_tell_for_how_long_a_test_has_failed(
    project: Write, start: Start
) -> None:
    root = await failing(project)
    await run_in_terminal(root)
    rerun = "mine.rerun"
    session = await start(root, options={"commands": {"rerun": rerun}})
    session.open("test_a.py")

    assert await lenses(session, "test_a.py") == [
        (4, "Rerun", rerun),
        (4, "failed 2 runs, since less than a minute", ""),
        (10, "Rerun", rerun),
        (10, "2 failed 2 runs, since less than a minute", ""),
    ]
    await session.run()
    assert (4, "failed 3 runs, since less than a minute", "") in await lenses(session, "test_a.py")

    said = await hover(session, "test_a.py", 4, 6)
    assert said is not None
    assert said.startswith("**failed** · less than a minute ago · ")
    assert "median of the 2 runs before" in said
    assert "assert 4 == 3" in said
    assert f"[test_a.py:7]({session.uri('test_a.py')}#L7): `assert x == 3`" in said
    session.edit("test_a.py", 2, (0, 0), (0, 0), "\n")
    assert "[test_a.py:8](" in (await hover(session, "test_a.py", 5, 6) or "")
    session.edit("test_a.py", 3, (0, 0), (1, 0), "")
    several = await hover(session, "test_a.py", 10, 5)
    assert several is not None
    assert several.startswith("**2 failed, 1 passed**")
    assert (await hover(session, "test_a.py", 14, 8) or "").startswith("**passed**")
    assert await hover(session, "test_a.py", 5, 5) is None

    (root / "test_a.py").write_text(MENDED)
    session.touched("test_a.py")
    await session.run("ids", ["test_a.py::test_bad"], token="again")  # noqa: S106
    assert {line for line, _, _ in await lenses(session, "test_a.py")} == {10}


LINK = "[x](command:evil)"
HOSTILE = f"""\
import pytest
@pytest.mark.parametrize("text", ["`{LINK}", "b"])
def test_it(text):
    assert not text, "```\\n{LINK}"
"""


@pytest.mark.asyncio
async def test_what_ids_messages_and_paths_hold_is_shown_as_it_stands_and_never_as_markdown(
    project: Write, start: Start
) -> None:
    name = "test_](command:evil)[.py"
    root = project({name: HOSTILE})
    await run_in_terminal(root)
    session = await start(root)
    session.open(name)

    said = await hover(session, name, 2, 5)

    assert said is not None
    _, label, reason, place, *_ = said.split("\n\n")
    assert label == f"`` test_it[`{LINK}] ``:"
    assert reason.startswith("````text\n")
    assert reason.endswith("\n````")
    assert reason.count("````") == 2
    assert place.startswith(f"[test_\\](command:evil)\\[.py:4]({session.uri(name)}#L4): ")


@pytest.mark.asyncio
async def test_a_failing_line_offers_what_can_be_done_about_it(
    project: Write, start: Start
) -> None:
    root = await failing(project)
    commands = {"debug": "mine.debug", "copy": "mine.copy"}
    session = await start(root, options={"commands": commands})
    session.open("test_a.py")

    offered = await actions(session, "test_a.py", 6)

    assert list(offered) == [
        "Rerun test_bad",
        "Debug test_bad",
        "Copy failure",
        "Forget that test_bad failed",
    ]
    assert offered["Debug test_bad"].command == "mine.debug"
    assert await actions(session, "test_a.py", 5) == {}
    assert next(iter(await actions(session, "test_a.py", 10))) == "Rerun 2 failed tests"
    forget = offered["Forget that test_bad failed"]
    assert forget.arguments is not None
    text = await session.request(
        "recall/failure",
        session.converter.structure(forget.arguments[0], NamedTests),
        FailureText,
    )
    assert text.text.startswith("FAILED test_a.py::test_bad - assert 4 == 3\n\n")
    assert ">       assert x == 3" in text.text

    await execute(session, forget.command, forget.arguments[0])

    await session.until(lambda: "!test_bad" not in session.draw())
    assert "!test_n" in session.draw()
    assert "test_bad" not in (root / ".pytest_cache/v/cache/lastfailed").read_text()


@pytest.mark.asyncio
async def test_commands_rerun_for_editors_that_show_no_tests(project: Write, start: Start) -> None:
    root = await failing(project)
    session = await start(root)
    session.open("test_a.py")
    await session.until(lambda: diagnostics(session, "test_a.py"))
    # One lens a function: many a client asks which of several is meant, or asks for "".
    rerun = "pytest-recall.rerun"
    assert await lenses(session, "test_a.py") == [
        (4, "Rerun (failed, since less than a minute)", rerun),
        (10, "Rerun (2 failed, since less than a minute)", rerun),
    ]
    (root / "test_a.py").write_text(MENDED)

    await execute(session, "pytest-recall.rerunLastFailed")

    assert [each.rpartition(" in ")[0] for each in session.messages] == [
        "pytest: 2 failed, 1 passed"
    ]
    await session.until(lambda: diagnostics(session, "test_a.py") == ["11:4 AssertionError"])
    with pytest.raises(Exception, match="ids"):
        await execute(session, "pytest-recall.rerun", {"root": session.root_uri})
    with pytest.raises(Exception, match="not a root"):
        await execute(session, "pytest-recall.rerun", {"root": "file:///nowhere", "ids": []})
    with pytest.raises(Exception, match="no command"):
        await execute(session, "pytest-recall.dance")
