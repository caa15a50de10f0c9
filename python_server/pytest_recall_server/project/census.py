"""Count the tests of a root, and parse for it only what no run has told of since it changed."""

from __future__ import annotations

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.walk import FoundFile, walk
from pytest_recall_server.model.totals import Totals
from pytest_recall_server.project.history import History
from pytest_recall_server.project.parsing import Parser
from pytest_recall_server.project.tree import ParsedFile, Tree

_NS_PER_S = 10**9


async def totals_of(config: Config, history: History, parser: Parser) -> Totals:
    """Return how many tests pytest would collect by itself, and how they stand.  Blocking."""
    tree = Tree(history)
    waiting: list[FoundFile] = []
    for file in walk(config):
        if history.is_whole(file.path, file.modified / _NS_PER_S):
            # The run has told all its tests; without definitions those are what counts.
            tree.put(ParsedFile(path=file.path, modified=file.modified, definitions=None))
        else:
            waiting.append(file)
    for parsed in await parser.parse(waiting):
        tree.put(parsed)
    tree.change(tree.paths())
    return tree.totals()
