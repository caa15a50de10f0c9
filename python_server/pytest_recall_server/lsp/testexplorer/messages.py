"""The contract: rust-analyzer's ``experimental/*`` messages about tests, as this server has them.

Their shapes are those of rust-analyzer (``docs/book/src/contributing/lsp-extensions.md``, "Test
explorer"); what is here beyond them is left out where it is not known, and passed over by clients
that do not know it.  ``tests/contract/experimental/`` holds one sample a message.
"""

from __future__ import annotations

from typing import Literal

import attrs

from pytest_recall_server.lsp import protocol

# Requests, client to server.
DISCOVER_TEST = "experimental/discoverTest"
RUN_TEST = "experimental/runTest"

# Notification, client to server.
ABORT_RUN_TEST = "experimental/abortRunTest"

# Notifications, server to client.
DISCOVERED_TESTS = "experimental/discoveredTests"
CHANGE_TEST_STATE = "experimental/changeTestState"
APPEND_OUTPUT = "experimental/appendOutputToRunTest"
"""Its params are a text: one line, without its end."""
END_RUN_TEST = "experimental/endRunTest"

ItemKind = Literal["package", "module", "test"]
"""``package``: a root or a folder; ``module``: a file or a class; ``test``: all else."""
Tag = Literal["enqueued", "started", "passed", "failed", "skipped"]


@attrs.frozen(kw_only=True)
class TextDocument:
    """A file, or a folder."""

    uri: str


@attrs.frozen(kw_only=True)
class TestItem:
    """A root, folder, file, class, function, or the parameters of a function."""

    id: str
    """The root's URI; for what is in it, after that a ``#`` and the node id (or the path)."""
    label: str
    kind: ItemKind
    can_resolve_children: bool
    """What is below it is told when it is asked for with ``experimental/discoverTest``."""
    parent: str | None = None
    text_document: TextDocument | None = None
    """Of a folder or root the folder itself."""
    range: protocol.Range | None = None


@attrs.frozen(kw_only=True)
class DiscoverTestParams:
    """Ask for what is below an item, or without one for the roots."""

    test_id: str | None = None


@attrs.frozen(kw_only=True)
class DiscoverTestResults:
    """Items, each after its parent; without ``scope`` and ``scope_file`` they are the roots."""

    tests: list[TestItem]
    scope: list[str] | None = None
    """Of what is below these, all that is to be there is in ``tests``."""
    scope_file: list[TextDocument] | None = None
    """Of what has one of these as its ``text_document``, all that is to be there."""


@attrs.frozen(kw_only=True)
class RunTestParams:
    """Run tests: answered before they run; ``experimental/endRunTest`` tells the end."""

    include: list[str] | None = None
    """Ids of items; null: all tests of all roots."""
    exclude: list[str] | None = None


@attrs.frozen(kw_only=True)
class TestState:
    """How a test stands in the run."""

    tag: Tag
    message: str | None = None
    """With ``failed``, and always then: the reason in its first line, then the long report."""
    location: protocol.Location | None = None
    """With ``failed``: where, if that is known (not rust-analyzer's)."""
    expected: str | None = None
    """With ``failed``: where assertion rewriting knows them, both (not rust-analyzer's)."""
    actual: str | None = None


@attrs.frozen(kw_only=True)
class ChangeTestStateParams:
    """A test of the run that the client asked for stands otherwise than before."""

    test_id: str
    state: TestState


NoneType = type(None)

REQUESTS: dict[str, tuple[type, type]] = {
    DISCOVER_TEST: (DiscoverTestParams, DiscoverTestResults),
    RUN_TEST: (RunTestParams, NoneType),
}
"""Parameters and result of each request; ``NoneType`` where there are none."""

NOTIFICATIONS: dict[str, type] = {
    DISCOVERED_TESTS: DiscoverTestResults,
    CHANGE_TEST_STATE: ChangeTestStateParams,
    APPEND_OUTPUT: str,
    END_RUN_TEST: NoneType,
    ABORT_RUN_TEST: NoneType,
}
"""Parameters of each notification."""
