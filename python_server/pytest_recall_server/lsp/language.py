"""Code lenses, hovers and code actions on tests, for any editor."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

from lsprotocol import types

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp import commands, present, protocol
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.uris import uri_of
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.model.ids import label_of
from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.wording import (
    age,
    duration_words,
    outcome_words,
    skip_words,
    streak_words,
)
from pytest_recall_server.project import Project
from pytest_recall_server.project.telling import Failing, Named

_LAST_RUNS = 10
_LONGEST_TEXT = 2000
_WORST = ("error", "failed", "unfinished", "xpassed")
_SKIPPED = ("skipped", "xfailed")


class Language:
    """Answers what an editor asks about a place in a document."""

    def __init__(self, server: RecallServer, workspace: Workspace) -> None:
        self._server = server
        self._workspace = workspace
        self.commands: dict[str, str] = {"rerun": commands.RERUN, "forget": commands.FORGET}
        """The names of commands; the client may have others, and further ones."""

    def register(self) -> None:
        """Register all."""
        ask = self._server.ask
        lens = types.CodeLensOptions(resolve_provider=False)
        ask(types.TEXT_DOCUMENT_CODE_LENS, self._lenses, lens)
        ask(types.TEXT_DOCUMENT_HOVER, self._hover)
        action = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
        ask(types.TEXT_DOCUMENT_CODE_ACTION, self._actions, action)

    # Code lenses.

    async def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        uri = params.text_document.uri
        project = await self._workspace.knowing_project_of(uri)
        if project is None:
            return []
        found = project.telling.failing(uri)
        return [lens for failing in found for lens in self._lenses_of(project, failing)]

    def _lenses_of(self, project: Project, failing: Failing) -> Iterator[types.CodeLens]:
        where = _range(failing.span)
        words = streak_words(failing.streaks, time.time())
        # Only of a client that has commands of its own it is known that a title without a command
        # is shown as it is, and does nothing.
        is_apart = self.commands["rerun"] != commands.RERUN
        rerun = "Rerun" if is_apart else f"Rerun ({words})"
        for title, name in ((rerun, "rerun"), ("Debug", "debug")):
            if (command := self._command(title, name, project, failing.ids)) is not None:
                yield types.CodeLens(range=where, command=command)
        if is_apart:
            yield types.CodeLens(range=where, command=types.Command(title=words, command=""))

    def _command(
        self, title: str, name: str, project: Project, ids: Sequence[str]
    ) -> types.Command | None:
        command = self.commands.get(name)
        if command is None:
            return None
        arguments: list[types.LSPAny] = [{"root": uri_of(project.root), "ids": list(ids)}]
        return types.Command(title=title, command=command, arguments=arguments)

    # Hovers.

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        uri, at = params.text_document.uri, params.position
        project = await self._workspace.knowing_project_of(uri)
        named = None if project is None else project.telling.named(uri, at.line, at.character)
        if project is None or named is None:
            return None
        text = "\n\n".join([await self._summary(project, named), *_reasons(project, named)])
        content = types.MarkupContent(kind=types.MarkupKind.Markdown, value=text)
        return types.Hover(contents=content, range=_range(named.span))

    async def _summary(self, project: Project, named: Named) -> str:
        """Return the first line: how the tests did, when, for how long."""
        now = time.time()
        times = [result.when for result in named.results if result.when is not None]
        said = [f"**{outcome_words(named.results)}**"]
        if times:
            said.append(f"{age(max(now - max(times), 0.0))} ago")
        if len(named.results) == 1:
            durations = await project.telling.durations(named.results[0].id, _LAST_RUNS)
            said += [duration_words(durations)] if durations else []
        if named.streaks:
            said.append(streak_words(named.streaks, now))
        return " · ".join(said)

    # Code actions.

    async def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, lines = params.text_document.uri, params.range
        project = await self._workspace.knowing_project_of(uri)
        if project is None:
            return []
        ids = project.telling.failures_on(uri, lines.start.line, lines.end.line)
        if not ids:
            return []
        what = label_of(ids[0]) if len(ids) == 1 else f"{len(ids)} failed tests"
        offers = (
            (f"Rerun {what}", "rerun"),
            (f"Debug {what}", "debug"),
            ("Copy failure" if len(ids) == 1 else "Copy failures", "copy"),
            (f"Forget that {what} failed" if len(ids) == 1 else f"Forget {what}", "forget"),
        )
        diagnostics = [each for each in params.context.diagnostics if each.source == "pytest"]
        return [
            types.CodeAction(
                title=title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=diagnostics or None,
                command=command,
            )
            for title, name in offers
            if (command := self._command(title, name, project, ids)) is not None
        ]

    # A failure as text.

    async def failure_text(self, asked: protocol.NamedTests) -> protocol.FailureText:
        """Return the reports of failed tests as pytest prints them, as far as they are known."""
        telling = self._workspace.project(asked.root).telling
        found = [result for each in asked.ids if (result := telling.failure(each)) is not None]
        if not found:
            raise HumanError("This test is not remembered as failed any more.")
        return protocol.FailureText(text="\n\n".join(map(report, found)))


def _reasons(project: Project, named: Named) -> Iterator[str]:
    """Yield why the tests failed, as markdown: the worst outcome's first test at length."""
    failed = [result for result in named.results if result.outcome in _WORST]
    for result in failed[:1]:
        if len(named.results) > 1:
            yield f"{_code(label_of(result.id))}:"
        yield _fenced(result.message or "failed")
        if (now := project.telling.place(result)) is not None:
            place, line = present.Presenter(project.root).place(now), now.line + 1
            statement = "" if result.statement is None else f": {_code(result.statement)}"
            yield f"[{_plain(now.path)}:{line}]({place.uri}#L{line}){statement}"
        if result.expected is not None and result.actual is not None:
            yield "Expected:\n" + _fenced(result.expected)
            yield "Actual:\n" + _fenced(result.actual)
    if not failed and (skipped := [each for each in named.results if each.outcome in _SKIPPED]):
        yield _fenced(skip_words(skipped))
    if len(failed) > 1:
        more = ", ".join(_code(label_of(result.id)) for result in failed[1:6])
        yield f"and {more}" + (" …" if len(failed) > len(failed[:6]) else "")


def _fenced(text: str) -> str:
    """Return *text* as a block of code, cut where it is long."""
    fence = "```"
    while fence in text:
        fence += "`"
    shown = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " …"
    return f"{fence}text\n{shown}\n{fence}"


def _code(text: str) -> str:
    """Return *text* as code within a line, which an empty line would end."""
    text = " ".join(text.split())
    ticks = "`"
    while ticks in text:
        ticks += "`"
    return f"{ticks} {text} {ticks}" if "`" in text else f"{ticks}{text}{ticks}"


def report(result: Result) -> str:
    """Return why a test failed, as pytest prints it."""
    head = f"FAILED {result.id}" + (f" - {result.message}" if result.message else "")
    return head if result.longrepr is None else f"{head}\n\n{result.longrepr}"


def _range(span: Span) -> types.Range:
    return types.Range(
        start=types.Position(line=span.line, character=span.column),
        end=types.Position(line=span.end_line, character=span.end_column),
    )


def _plain(text: str) -> str:
    """Return *text* so that it is no link, whatever is in it."""
    return re.sub(r"([\\`\[\]<>])", r"\\\1", " ".join(text.split()))
