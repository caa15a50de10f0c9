"""Puts the server together: who answers which message."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_recall_server.lsp.cache import Cache
from pytest_recall_server.lsp.commands import Commands
from pytest_recall_server.lsp.documents import Documents
from pytest_recall_server.lsp.language import Language
from pytest_recall_server.lsp.lifecycle import Lifecycle
from pytest_recall_server.lsp.pastruns import PastRuns
from pytest_recall_server.lsp.requests import Requests
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.standard import Standard
from pytest_recall_server.lsp.testexplorer.explorer import TestExplorer
from pytest_recall_server.lsp.workspace import Workspace


def make_server(environment: Mapping[str, str]) -> RecallServer:
    """Return a server with all its handlers; *environment* is what pytest will get."""
    server = RecallServer()
    standard = Standard(server)
    explorer = TestExplorer(server, standard.send)
    workspace = Workspace(explorer.send, environment)
    commands = Commands(server, workspace, standard.progress)
    language = Language(server, workspace)
    Lifecycle(server, workspace, standard, explorer, language).register()
    Documents(server, workspace, standard).register()
    Requests(server, workspace, language).register()
    PastRuns(server, workspace).register()
    Cache(server, workspace).register()
    commands.register()
    language.register()
    explorer.register(workspace)
    return server
