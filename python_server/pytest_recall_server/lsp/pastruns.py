"""The requests about runs that are remembered."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp import present, protocol
from pytest_recall_server.lsp.language import report
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.model.pastruns import PastRun, results_of
from pytest_recall_server.model.results import Result


class PastRuns:
    """Answers which runs there were, and what became of their tests."""

    def __init__(self, server: RecallServer, workspace: Workspace) -> None:
        self._server = server
        self._workspace = workspace

    def register(self) -> None:
        """Let the server answer."""
        handle = self._server.handle
        handle(protocol.RUNS, protocol.RunsParams, self._runs)
        handle(protocol.RUN_TESTS, protocol.RunTestsParams, self._tests)
        handle(protocol.RUN_REPORT, protocol.RunReportParams, self._report)

    async def _runs(self, params: protocol.RunsParams) -> protocol.RunsResult:
        runs, total = await self._workspace.project(params.root).past_runs(params.limit)
        return protocol.RunsResult(runs=[_run(each) for each in runs], total=total)

    async def _tests(self, params: protocol.RunTestsParams) -> protocol.RunTestsResult:
        project = self._workspace.project(params.root)
        run, told = await project.past_run(params.run)
        wanted = set(params.outcomes)
        found = [each for each in results_of(run, told) if not wanted or each.outcome in wanted]
        presenter = present.Presenter(project.root)
        listed = found[: params.limit] if params.limit > 0 else found
        return protocol.RunTestsResult(
            tests=[
                protocol.PastTest(
                    id=each.id,
                    outcome=each.outcome,
                    message=each.message,
                    duration=each.duration,
                    location=presenter.maybe(project.definition(each.id)),
                )
                for each in listed
            ],
            total=len(found),
        )

    async def _report(self, params: protocol.RunReportParams) -> protocol.FailureText:
        _, told = await self._workspace.project(params.root).past_run(params.run)
        if not told.failures:
            raise HumanError("No test has failed in this run, and so no output of it was kept.")
        return protocol.FailureText(text="\n\n\n".join(map(_with_output, told.failures)) + "\n")


def _run(run: PastRun) -> protocol.PastRun:
    return protocol.PastRun(
        id=run.id,
        when=run.when,
        origin=run.origin,
        state=run.state,
        counts=dict(run.counts),
        duration=run.duration,
        modes=list(run.modes),
        args=list(run.typed),
        command=run.command,
        source=run.source,
    )


def _with_output(result: Result) -> str:
    return "\n\n".join(_parts(result))


def _parts(result: Result) -> Iterator[str]:
    yield report(result)
    kept = (
        ("Captured stdout", result.stdout),
        ("Captured stderr", result.stderr),
        ("Captured log", result.log),
    )
    for name, text in kept:
        if text:
            yield f"--- {name} ---\n{text.rstrip()}"
