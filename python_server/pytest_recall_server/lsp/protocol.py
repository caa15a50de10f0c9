"""The contract: every message between the server and its clients beyond standard LSP.

This file is the only definition.  The TypeScript types are generated from it
(``npm run generate``), member names in camelCase; ``tests/contract/`` holds one
sample a message.  Lines and characters are 0-based and ranges half open, as in LSP.
Paths are relative to the root with ``/``; URIs are LSP's.  Durations are seconds,
times are seconds since the epoch.  Node ids are pytest's, unchanged.

A *root* is a pytest rootdir and is named by its URI in every message.
"""

from __future__ import annotations

from typing import Literal

import attrs

# Requests, client to server.
RESYNC = "recall/resync"
CHILDREN = "recall/children"
RUN = "recall/run"
FILE_COVERAGE = "recall/fileCoverage"
DEBUG_ENDED = "recall/debugEnded"
COLLECT = "recall/collect"
PREVIEW = "recall/preview"
STEPWISE = "recall/stepwise"
RUNS = "recall/runs"
RUN_TESTS = "recall/runTests"
RUN_REPORT = "recall/runReport"
CACHE_KEYS = "recall/cacheKeys"
CACHE_VALUE = "recall/cacheValue"
CACHE_CLEAR = "recall/cacheClear"
CACHE_DELETE = "recall/cacheDelete"
CACHE_PRUNE = "recall/cachePrune"
CACHE_UNDO = "recall/cacheUndo"
FORGET = "recall/forget"
DOCTOR = "recall/doctor"
IMPORT = "recall/import"
FAILURE = "recall/failure"
FAILURES = "recall/failures"
STATUS = "recall/status"
SET_INTERPRETER = "recall/setInterpreter"

# Notifications, server to client.
ROOTS = "recall/roots"
TESTS = "recall/tests"
RECORDS = "recall/records"
SUMMARY = "recall/summary"
MARKERS = "recall/markers"
RUN_STARTED = "recall/runStarted"
RUN_EVENTS = "recall/runEvents"
RUN_ENDED = "recall/runEnded"
COVERAGE = "recall/coverage"
CACHE_CHANGED = "recall/cacheChanged"

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "unfinished"]
"""``unfinished``: the run was killed while the test was running."""
NodeKind = Literal["class", "function", "parameters"]
SelectionKind = Literal[
    "all",
    "ids",
    "lastFailed",
    "outstanding",
    "failedFirst",
    "newFirst",
    "stepwise",
    "stepwiseSkip",
    "stepwiseReset",
    "changed",
]
"""``lastFailed``: ``cache/lastfailed``; ``outstanding``: ``recall/unfinished`` too.

``failedFirst``, ``newFirst``, ``stepwise``, ``stepwiseSkip`` and ``stepwiseReset`` are pytest's
``--ff``, ``--nf``, ``--sw``, ``--sw-skip`` and ``--sw-reset``; ``changed``: ``--ff`` with the
failed tests, the new ones and those of the files that were saved.
"""
CoverageMode = Literal["off", "files", "tests"]
"""``files``: run with coverage; ``tests``: and record which test has covered what.

Where the project's own configuration records that, ``files`` tells it too.
"""
DebugKind = Literal["breakpoints", "failures"]
"""``failures``: stop at them too, where the debugger stops at uncaught exceptions."""
CacheKind = Literal["value", "file"]
RunOrigin = Literal["editor", "terminal", "imported"]
RunState = Literal["running", "passed", "failed", "interrupted", "empty"]
"""``empty``: no test ran; ``interrupted``: also a run that was killed."""
Why = Literal["all", "selected", "failed", "unfinished", "new", "known", "goesOn", "notPassed"]
"""``known``: not new, and so ordered by its file's last change alone; ``goesOn``: where stepwise
goes on; ``notPassed``: before that place, and not passed on the way to it."""


@attrs.frozen(kw_only=True)
class Position:
    """A place in a text document."""

    line: int
    """0-based."""
    character: int
    """0-based, in UTF-16 code units."""


@attrs.frozen(kw_only=True)
class Range:
    """A half-open stretch of a text document."""

    start: Position
    end: Position


@attrs.frozen(kw_only=True)
class Location:
    """A stretch of a file."""

    uri: str
    range: Range


@attrs.frozen(kw_only=True)
class Interpreter:
    """The Python that runs pytest."""

    path: str | None
    """Absolute path, or null where none can be used."""
    problem: str | None = None
    """Why runs are not possible: a sentence for people, or null."""


@attrs.frozen(kw_only=True)
class InitializationOptions:
    """What the client says in ``initialize`` (``initializationOptions``)."""

    interpreter: Interpreter | None = None
    """Null: the server looks for one when it is to run tests."""
    args: list[str] = attrs.field(factory=list)
    """Arguments given to pytest in every run."""
    trusted: bool | None = None
    """False in Restricted Mode: nothing of the workspace is executed, as where this is null."""
    cwd: str | None = None
    """The folder in which pytest is invoked, absolute; null: the root's ``folder``."""
    env: dict[str, str | None] = attrs.field(factory=dict)
    """Variables of the environment of every run; null removes one."""
    env_file: str | None = None
    """A file with more of them, absolute; it is read at the start of each run.

    ``env`` counts before it, and it before the environment of the server.
    """
    env_file_optional: bool = False
    """A file that is missing is no problem, and one that cannot be read only a word in the output.
    """
    warm_start: bool = True
    """On POSIX, runs are forked from a process that has pytest and its plugins imported already."""
    output_of_passed_tests: bool = False
    """Tell also what tests printed that did not fail."""
    slow_after: float = 1.0
    """From how many seconds on a test counts as slow."""
    workers: str | None = None
    """What is given to pytest-xdist as ``-n``: ``auto``, ``logical`` or a number; null: nothing.

    A run of a single test goes without, unless that is ``0``.
    """
    commands: dict[str, str] = attrs.field(factory=dict)
    """Commands of the client's own that code lenses and code actions name, by what they do.

    ``rerun`` runs tests, ``debug`` debugs them, ``copy`` copies why they failed, ``forget``
    forgets that: each has ``NamedTests`` as its argument.  Without one ``rerun`` and ``forget``
    are the server's; the others are not offered.
    """


@attrs.frozen(kw_only=True)
class NamedTests:
    """Tests of one root: the argument of commands, and what ``recall/failure`` asks about."""

    root: str
    ids: list[str]


@attrs.frozen(kw_only=True)
class MaybeRoot:
    """The argument of commands that are for one root, or without one for all."""

    root: str | None = None


@attrs.frozen(kw_only=True)
class FailureText:
    """Why tests failed, as text to be copied: the answer to ``recall/failure``."""

    text: str


@attrs.frozen(kw_only=True)
class SetInterpreterParams:
    """A changed interpreter, arguments or environment; they hold from the next run on."""

    interpreter: Interpreter
    args: list[str]
    trusted: bool
    root: str | None = None
    """The root that they hold for, also one that is yet to come; null: all that have none."""
    cwd: str | None = None
    """The folder in which pytest is invoked, absolute; null: the root's ``folder``."""
    env: dict[str, str | None] = attrs.field(factory=dict)
    """Variables of the environment of every run; null removes one."""
    env_file: str | None = None
    """A file with more of them, absolute; it is read at the start of each run.

    ``env`` counts before it, and it before the environment of the server.
    """
    env_file_optional: bool = False
    """A file that is missing is no problem, and one that cannot be read only a word in the output.
    """
    workers: str | None = None
    """What is given to pytest-xdist as ``-n``: ``auto``, ``logical`` or a number; null: nothing.

    A run of a single test goes without, unless that is ``0``.
    """
    output_of_passed_tests: bool = False
    """Tell also what tests printed that did not fail."""
    slow_after: float = 1.0
    """From how many seconds on a test counts as slow, in all roots."""
    warm_start: bool = True
    """On POSIX, runs are forked from a process that has pytest and its plugins imported already."""


@attrs.frozen(kw_only=True)
class Root:
    """One pytest rootdir."""

    uri: str
    name: str
    """For people: the folder's name, or the way to it from the workspace folder that it lies in."""
    folder: str
    """URI of the folder in which pytest is invoked: the workspace folder, or the root below one."""
    config_file: str | None
    """URI of the configuration file pytest would read."""
    problems: list[str]
    """Sentences for people about this root as a whole, such as an unreadable configuration file."""


@attrs.frozen(kw_only=True)
class RootsParams:
    """All roots, sent after ``initialized`` and when they change."""

    roots: list[Root]


@attrs.frozen(kw_only=True)
class Node:
    """A class, a function or the parameters of a function in a test file."""

    id: str
    """Node id."""
    parent: str
    """Id of the class or function that it lies in, or the path of the file."""
    index: int
    """Place among the nodes with the same parent, from 0."""
    label: str
    """The last part of the node id; for parameters what stands in the brackets, with them."""
    kind: NodeKind
    range: Range | None
    """The definition with its body; null where it is known from the cache only."""
    new: bool
    """Not in ``cache/nodeids``."""
    failed: bool
    """In ``cache/lastfailed``, or has such a descendant."""
    unfinished: bool
    """Selected by a run that did not finish it, and not failed; or has such a descendant."""
    stale: bool = False
    """Its source has changed since its last result, as far as is known."""
    slow: bool = False
    """Its last run took at least ``slowAfter``, or that of something in it did."""
    marks: list[str] = attrs.field(factory=list)
    """The names of a function's marks, those of its classes and its module included, sorted.

    As far as parsing sees them; of a class those of all that is in it.
    """
    more: bool = False
    """It has parameters that are told when they are asked for with ``recall/children``."""


@attrs.frozen(kw_only=True)
class CollectionError:
    """Why a file could not be collected."""

    message: str
    location: Location


@attrs.frozen(kw_only=True)
class TestFile:
    """A test file; what is in it is told when it is asked for with ``recall/children``."""

    path: str
    uri: str
    sort_text: str
    """Orders files: failures, then unfinished tests, then new tests, then newest change."""
    tests: int
    """How many pytest would run one by one, as far as is known."""
    new: bool
    failed: bool
    unfinished: bool
    error: CollectionError | None
    """A syntax error found by parsing, or the error of the last collection.

    Remembered tests stay beside it.
    """
    slow: bool = False
    """The last run of one of its tests took at least ``slowAfter``."""
    marks: list[str] = attrs.field(factory=list)
    """The names of all marks on its tests, sorted."""


@attrs.frozen(kw_only=True)
class FileNodes:
    """How the nodes of a file that were asked for have changed."""

    path: str
    nodes: list[Node]
    """New and changed ones, each after its parent."""
    removed: list[str]
    """Ids of nodes that are there no longer, and neither is anything below them."""


@attrs.frozen(kw_only=True)
class FolderOrder:
    """Where a folder of the tree stands among its siblings."""

    path: str
    sort_text: str


@attrs.frozen(kw_only=True)
class TestsParams:
    """A change of the tree of tests, in batches of at most 200 files and about 1,000 nodes."""

    root: str
    state: int
    """Number of this state, one more than the last.

    A gap means a lost message: ask for ``recall/resync``.
    """
    reset: bool
    """True: forget all of this root before applying this, and what was asked for."""
    complete: bool
    """True on the last batch: the tree is as the server knows it."""
    files: list[TestFile]
    """New and changed files."""
    removed: list[str]
    """Paths of files which hold no tests any more."""
    folders: list[FolderOrder]
    """Folders whose order changed."""
    nodes: list[FileNodes] = attrs.field(factory=list)
    """Of files whose children the client has asked for."""


@attrs.frozen(kw_only=True)
class ChildrenParams:
    """Ask for what is below nodes.

    It is told in ``recall/tests`` before this is answered, and from then on whenever it changes,
    until the next ``reset``.
    """

    root: str
    ids: list[str]
    """Paths of files: all but the many parameters of a function; ids of functions: those."""


@attrs.frozen(kw_only=True)
class Frame:
    """One entry of a traceback."""

    name: str
    location: Location


@attrs.frozen(kw_only=True)
class OtherFailure:
    """A failure of a test beside the one that its record tells of."""

    subtest: str | None
    """With a failed subtest: what it is called, which may be nothing; else null."""
    phase: Literal["setup", "call", "teardown"] | None
    """With a failed phase: which one; else null."""
    message: str | None
    """One line: the reason."""
    location: Location | None
    """Where it happened, in the file as it was then."""
    longrepr: str | None


@attrs.frozen(kw_only=True)
class Record:
    """What is known of one test's last result."""

    id: str
    outcome: Outcome
    when: float | None
    """When it ended; null where only pytest's own cache remembers the failure.

    With ``unfinished`` about when the run was killed.
    """
    duration: float | None
    """All phases together."""
    phase: Literal["setup", "call", "teardown"] | None
    """For failed and error: where it happened."""
    message: str | None
    """One line: the reason."""
    location: Location | None
    """Where to look: the failing line, moved along with edits where the document is open."""
    frames: list[Frame]
    expected: str | None
    actual: str | None
    longrepr: str | None
    """The long report, plain text."""
    outdated: bool
    """The failing line's text is no longer what it was when the test failed."""
    others: list[OtherFailure] = attrs.field(factory=list)
    """What else went wrong in the same test, in the order of happening."""
    stdout: str | None = None
    """What the test printed, as far as pytest captured it; with ``log``, what it logged.

    Of a test that did not fail only with ``outputOfPassedTests``, and only in events of a run.
    """
    stderr: str | None = None
    log: str | None = None
    stale: bool = False
    """The source of the test has changed since, be it on other lines."""


@attrs.frozen(kw_only=True)
class RecordsParams:
    """Remembered results that no run has told of, and ids that are remembered no longer."""

    root: str
    reset: bool
    records: list[Record]
    forgotten: list[str]


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is."""

    done: int
    total: int | None
    failed: int


@attrs.frozen(kw_only=True)
class SummaryParams:
    """The counts of a root."""

    root: str
    failed: int
    """Tests (and files that failed to be collected) in ``cache/lastfailed``."""
    unfinished: int
    """Tests that a run has selected and not finished, and that are not failed."""
    new: int
    passed: int
    """Tests whose last known outcome is passed, and that are not outstanding."""
    stale: int
    """Tests whose source has changed since their last result, as far as is known."""
    total: int
    running: Progress | None
    waiting: int = 0
    """How many runs wait for another one of this root to end."""


@attrs.frozen(kw_only=True)
class FailureMarker:
    """A failing line, or the ``def`` line of a test that a killed run was in."""

    range: Range
    """The line, from its first non-blank character to its end."""
    message: str
    """One line: the reason."""
    ids: list[str]
    """The tests that failed, or were running, here."""
    outdated: bool
    """The line is not what it was."""
    stale: bool = False
    """The source of all these tests has changed since, be it on other lines."""


@attrs.frozen(kw_only=True)
class DefMarker:
    """The ``def`` line of tests about which one phrase says it all; a line has at most one."""

    range: Range
    ids: list[str]


@attrs.frozen(kw_only=True)
class SkipMarker:
    """The ``def`` line of tests that were skipped, or failed as expected, when they ran last."""

    range: Range
    message: str
    """What they did, and why: ``skipped: needs a network``."""
    ids: list[str]


@attrs.frozen(kw_only=True)
class FailedMarker:
    """The ``def`` line of tests that failed."""

    range: Range
    ids: list[str]
    runs: int
    """For how many runs that one has failed that has failed for the most."""


@attrs.frozen(kw_only=True)
class TraceFailure:
    """A failure whose traceback goes through a line."""

    id: str
    message: str
    """One line: the reason."""


@attrs.frozen(kw_only=True)
class TraceMarker:
    """A line outside of tests that the tracebacks of failures go through.

    It says what it said then, else it has no marker.
    """

    range: Range
    failures: list[TraceFailure]
    """The first of them, at most 10."""
    count: int
    """How many they are."""


@attrs.frozen(kw_only=True)
class MarkersParams:
    """All markers of one open document; sent when it is opened, edited, and when results change."""

    uri: str
    version: int
    """Version of the document the ranges belong to."""
    failures: list[FailureMarker]
    new: list[DefMarker]
    """New tests of which none of the following is true."""
    unfinished: list[DefMarker]
    """Unfinished tests about which no failure on this line says more."""
    failed: list[FailedMarker] = attrs.field(factory=list)
    """Tests that failed about which no failure on this line says more."""
    outdated: list[DefMarker] = attrs.field(factory=list)
    """Tests whose source has changed since they ran; of these it is not told that they failed."""
    traces: list[TraceMarker] = attrs.field(factory=list)
    skipped: list[SkipMarker] = attrs.field(factory=list)
    """Where no other word stands, and the source is what it was."""


@attrs.frozen(kw_only=True)
class Selection:
    """Which tests to run."""

    kind: SelectionKind
    ids: list[str] = attrs.field(factory=list)
    """Node ids of folders, files, classes, functions or parametrised tests; ``""`` is the root.

    With ``ids`` they are what is run; any other kind but ``all`` is narrowed to them, if there
    are any.
    """
    exclude: list[str] = attrs.field(factory=list)
    files: list[str] = attrs.field(factory=list)
    """With ``changed``: the URIs of the files that were saved."""


@attrs.frozen(kw_only=True)
class RunParams:
    """Run pytest; the answer comes when it has ended, and ``$/cancelRequest`` cancels it."""

    root: str
    token: str
    """Chosen by the client; names the run in its notifications."""
    selection: Selection
    coverage: CoverageMode = "off"
    debug: DebugKind | None = None
    """Let the client start it in a debugger, as ``recall/runStarted`` says."""


@attrs.frozen(kw_only=True)
class DebugEndedParams:
    """The debugger's session of a run has ended, or could not be started."""

    root: str
    token: str
    output: str = ""
    """The end of what was printed; some kilobytes of it say why no test was run."""
    problem: str | None = None
    """Why it could not be started: a sentence for people."""


@attrs.frozen(kw_only=True)
class RunResult:
    """How a run ended."""

    run: str | None
    """The run id (name of its journal), or null where pytest did not start."""
    exit_status: int | None
    """pytest's exit status; null when cancelled or killed."""
    cancelled: bool
    counts: dict[str, int]
    """Outcome to number of tests."""
    duration: float
    problem: str | None
    """Why nothing could be run, or what was covered is not known: a sentence for people."""
    notices: list[str] = attrs.field(factory=list)
    """What else people are to know: sentences, which are in the output, too."""


@attrs.frozen(kw_only=True)
class CoverageCount:
    """How many there are of something, and how many of them ran."""

    covered: int
    total: int


@attrs.frozen(kw_only=True)
class FileCoverage:
    """What a run has covered of a file; its lines are told when they are asked for."""

    uri: str
    statements: CoverageCount
    """Lines with statements, as coverage.py counts them."""
    branches: CoverageCount | None = None
    """Null where branches were not measured."""
    tests: list[str] = attrs.field(factory=list)
    """Node ids of the tests that have run some of it, where that was recorded."""


@attrs.frozen(kw_only=True)
class CoverageParams:
    """What a run has covered, in batches of at most 200 files, before the run is answered."""

    root: str
    token: str
    """The token of the request."""
    files: list[FileCoverage]


@attrs.frozen(kw_only=True)
class FileCoverageParams:
    """Ask for the lines of a file, as one of the last three runs with coverage has covered them."""

    root: str
    token: str
    uri: str
    test: str | None = None
    """Only what this test has run; null: what any has."""


@attrs.frozen(kw_only=True)
class CoveredBranch:
    """One way on from a line."""

    to: int | None
    """The line that it leads to; null: out of the function or the module."""
    taken: bool


@attrs.frozen(kw_only=True)
class CoveredLine:
    """A line on which a statement begins."""

    line: int
    covered: bool
    branches: list[CoveredBranch] = attrs.field(factory=list)
    """All ways on, if there are several and branches were measured."""


@attrs.frozen(kw_only=True)
class FileCoverageResult:
    """The lines of a file; with ``test`` only those that it has run."""

    lines: list[CoveredLine]


@attrs.frozen(kw_only=True)
class CollectResult:
    """What ``pytest --collect-only`` has found; the tests are told in ``recall/tests``."""

    tests: int
    errors: int
    """How many files, or classes in them, could not be collected."""
    cancelled: bool
    problem: str | None
    """Why nothing could be collected: a sentence for people."""


@attrs.frozen(kw_only=True)
class PreviewParams:
    """What would ``recall/run`` do with this selection?  Nothing is started."""

    root: str
    selection: Selection
    limit: int = 1000
    """At most so many tests are told; 0: all."""


@attrs.frozen(kw_only=True)
class PreviewTest:
    """A test that would run."""

    id: str
    why: Why
    location: Location | None = None
    """The beginning of its ``def`` line; null where parsing does not see it."""


@attrs.frozen(kw_only=True)
class PreviewResult:
    """What a run would do."""

    tests: list[PreviewTest]
    """The first of the tests, in the order in which they would run."""
    total: int
    """Number of all tests that would run, told or not."""
    deselected: int
    """Number of tests that would be collected and left out."""
    status: str
    """The words of the run: ``run-last-failure: rerun previous 2 failures``; empty: it has none."""
    certain: bool
    """False where parsing cannot tell all tests and their order (``docs/discovery.md``)."""


@attrs.frozen(kw_only=True)
class StepwiseParams:
    """Where does stepwise stand?  Nothing is started."""

    root: str
    selection: Selection
    """What the walk goes through; its kind does not matter."""


@attrs.frozen(kw_only=True)
class StepwiseResult:
    """Where stepwise stands, by ``cache/stepwise``."""

    test: str | None
    """The test that it goes on from, or null where it begins at the first."""
    position: int | None
    """Place of ``test`` in the walk, from 1; null where it is not among its tests."""
    total: int | None
    """Number of tests of the walk, with those passed over; null where that is not known."""
    passed: int | None
    """How many of them had passed or were left behind when the last run of stepwise ended."""
    through: bool
    """The last run of stepwise came to the end of the walk."""
    record: Record | None
    """Why ``test`` failed, where that is known."""
    error: Record | None
    """A file that the last run of stepwise could not collect, and so did not step."""


@attrs.frozen(kw_only=True)
class RunsParams:
    """Ask which runs are remembered."""

    root: str
    limit: int = 100
    """At most so many are told, the newest."""


@attrs.frozen(kw_only=True)
class PastRun:
    """A run that is remembered, or under way."""

    id: str
    """The name of its journal."""
    when: float | None
    """When it began."""
    origin: RunOrigin
    state: RunState
    counts: dict[str, int]
    """Outcome to number of tests; of a run under way what it has told by now."""
    duration: float | None
    modes: list[str]
    """What was selected: ``lf``, ``outstanding``, ``ff``, ``nf``, ``sw``, ``select`` (tests that
    were named), ``collect-only``, ``setup-only``; none: all tests."""
    args: list[str]
    """The arguments that people gave to pytest."""
    command: str | None
    """A line that runs the same in a POSIX shell; null where that is not known."""
    source: str | None = None
    """Where an imported run comes from."""


@attrs.frozen(kw_only=True)
class RunsResult:
    """The remembered runs of a root."""

    runs: list[PastRun]
    """The newest first."""
    total: int
    """How many there are."""


@attrs.frozen(kw_only=True)
class RunTestsParams:
    """Ask which tests had these outcomes in a run."""

    root: str
    run: str
    outcomes: list[str]
    """Only tests with one of these are told; none: all."""
    limit: int = 1000
    """At most so many are told; 0: all."""


@attrs.frozen(kw_only=True)
class PastTest:
    """A test, or a file that could not be collected, in a run of the past."""

    id: str
    outcome: Outcome
    message: str | None
    """One line: why it failed, was skipped or did not finish."""
    duration: float | None
    location: Location | None
    """Where it is defined now; null where parsing does not see it."""


@attrs.frozen(kw_only=True)
class RunTestsResult:
    """Tests of a run, in the order of running."""

    tests: list[PastTest]
    total: int
    """How many there are, told or not."""


@attrs.frozen(kw_only=True)
class RunReportParams:
    """Ask why tests of a run failed; the answer is text for people."""

    root: str
    run: str


@attrs.frozen(kw_only=True)
class DebugLaunch:
    """What a debugger is to start, in place of the server."""

    interpreter: str
    program: str
    """Absolute path of a Python file; nobody debugs what lies beside it."""
    args: list[str]
    cwd: str
    """Absolute path."""
    env: dict[str, str | None] = attrs.field(factory=dict)
    """What differs from the environment of the server; null removes a variable."""


@attrs.frozen(kw_only=True)
class RunStartedParams:
    """A run began, ours or one of a terminal."""

    root: str
    run: str
    """The run id where it is known, else the token."""
    token: str | None
    """The token of the request; null for a run that was started elsewhere."""
    command: str
    """The command line of the process, quoted for a POSIX shell.

    It needs a file that is gone when the run is over.
    """
    terminal: str | None = None
    """A line that runs the same in a terminal, quoted for a POSIX shell; it begins with ``cd``.

    Up to 20 ids are named, of more the files or folders that hold them.  The environment file and
    the ``env`` of the interpreter are not in it.  Null for a run that was started elsewhere.
    """
    launch: DebugLaunch | None = None
    """Start this in a debugger, and say ``recall/debugEnded``; null for every other run."""


@attrs.frozen(kw_only=True)
class RunEventsParams:
    """What happened in a run since the last message, in order."""

    root: str
    run: str
    token: str | None
    selected: int | None
    """How many tests will run, once known."""
    events: list[RunEvent]


@attrs.frozen(kw_only=True)
class RunEvent:
    """One thing that happened: exactly one member besides ``kind`` is set."""

    kind: Literal["started", "finished", "unfinished", "collectionError", "output"]
    id: str | None = None
    """With ``started``: the test; with ``collectionError``: what failed to be collected."""
    record: Record | None = None
    """With ``finished``, ``unfinished`` and, for message and place, ``collectionError``."""
    output: str | None = None
    """With ``output``: text as pytest printed it, with ANSI escapes."""


@attrs.frozen(kw_only=True)
class RunEndedParams:
    """A run is over (sent for every run, also where a ``recall/run`` answers)."""

    root: str
    run: str
    token: str | None
    exit_status: int | None
    cancelled: bool
    counts: dict[str, int]


@attrs.frozen(kw_only=True)
class RootParams:
    """A request about one root."""

    root: str


@attrs.frozen(kw_only=True)
class CacheEntry:
    """One key of the cache."""

    key: str
    """``cache/lastfailed``: the path below ``v/`` or ``d/``."""
    kind: CacheKind
    """``value``: JSON below ``v/``; ``file``: below ``d/``, or a value that was set aside."""
    uri: str
    size: int
    """Bytes."""
    modified: float
    problem: str | None
    """Why it cannot be read, or null."""


@attrs.frozen(kw_only=True)
class CacheKeysResult:
    """All keys of a root's cache."""

    directory: str
    """URI of the cache directory."""
    exists: bool
    writable: bool
    entries: list[CacheEntry]


@attrs.frozen(kw_only=True)
class CacheValueParams:
    """Which key; a value and a file may have the same name."""

    root: str
    key: str
    kind: CacheKind = "value"


@attrs.frozen(kw_only=True)
class CacheValueResult:
    """One value of the cache."""

    text: str
    """The file's text, of a value JSON when ``problem`` is null; cut at 16 MiB."""
    problem: str | None


@attrs.frozen(kw_only=True)
class CacheDeleteParams:
    """Take one key out of the cache."""

    root: str
    key: str
    kind: CacheKind


@attrs.frozen(kw_only=True)
class CacheRemoval:
    """What was taken out of the cache."""

    removed: int
    """Number of keys, or of tests that are forgotten."""
    problem: str | None
    undo: str | None
    """What ``recall/cacheUndo`` puts back; null where nothing was removed or set aside."""


@attrs.frozen(kw_only=True)
class CacheUndoParams:
    """Put back what was taken out of the cache."""

    root: str
    undo: str | None = None
    """What the answer to the removal said; null: the last one."""


@attrs.frozen(kw_only=True)
class CacheUndoResult:
    """What was put back."""

    what: str
    """What was undone: ``Cleared the cache``."""
    restored: int
    """Number of keys and of node ids that are there again."""
    left: list[str]
    """Paths below the cache directory that were written anew meanwhile, and left as they are."""


@attrs.frozen(kw_only=True)
class DoctorParams:
    """Examine a root's cache; nothing of the workspace is executed."""

    root: str
    repair: bool
    """Repair what can be repaired, and examine it again."""


@attrs.frozen(kw_only=True)
class Finding:
    """Something that is wrong with a cache, or worth knowing."""

    kind: str
    """One of the kinds in ``docs/doctor.md``."""
    level: Literal["problem", "note"]
    path: str
    """Relative to the cache directory; absolute for what lies outside of it."""
    message: str
    """What is the matter and, if it cannot be repaired, what to do; one line."""
    remedy: str | None
    """What a repair does about it, or null where it can do nothing."""
    more: list[str]
    """Further paths of which the same is to be said."""
    ids: list[str]
    """The node ids it is about."""


@attrs.frozen(kw_only=True)
class Repaired:
    """What was done about a finding, or why nothing could be."""

    finding: Finding
    done: str | None
    error: str | None


@attrs.frozen(kw_only=True)
class DoctorResult:
    """How a cache is now."""

    directory: str
    """URI of the cache directory."""
    findings: list[Finding]
    repairs: list[Repaired]
    runs: int
    """Number of journals."""
    failures: int
    unfinished: int
    tests: int
    """Number of known node ids."""


ImportInto = Literal["look", "add", "replace"]
"""What becomes of imported failures: they are only looked at, added to the last failed ones, or
take their place."""


@attrs.frozen(kw_only=True)
class ImportParams:
    """Import what others have reported of a root's tests; nothing is executed."""

    root: str
    files: list[str]
    """URIs of files to read."""
    text: str | None
    """What to read instead, such as lines of a log out of the clipboard."""
    into: ImportInto


@attrs.frozen(kw_only=True)
class ImportedFailure:
    """A failure of a test that is known here."""

    id: str
    outcome: Outcome
    message: str | None


@attrs.frozen(kw_only=True)
class Unmatched:
    """A test that a source names and that is not one test known here."""

    written: str
    """Its name as the source has it."""
    outcome: Outcome
    why: str
    candidates: list[str]
    """Node ids of the tests that may be meant, at most 20; none where none is known."""
    candidate_count: int


@attrs.frozen(kw_only=True)
class ImportResult:
    """What came of an import."""

    name: str
    """Of the sources, for people."""
    run: str | None
    """The run in the history; null where no test was known here."""
    tests: int
    """Number of tests that were known here, failures among them."""
    failures: list[ImportedFailure]
    """At most 1,000, as also the lists below."""
    failure_count: int
    ambiguous: list[Unmatched]
    ambiguous_count: int
    unknown: list[Unmatched]
    unknown_count: int
    notes: list[str]
    """Sentences on how names were read."""
    problems: list[str]
    """Sentences on what could not be read."""


@attrs.frozen(kw_only=True)
class CacheChangedParams:
    """Keys of the cache appeared, changed or went."""

    root: str


@attrs.frozen(kw_only=True)
class FailurePlace:
    """A test, or a file that could not be collected, that is remembered as failed."""

    root: str
    id: str
    message: str | None
    """One line: the reason."""
    location: Location | None
    """Where to look now; null where nothing is known but the id."""
    outdated: bool
    """The failing line's text is no longer what it was when the test failed."""


@attrs.frozen(kw_only=True)
class FailuresResult:
    """All failures of all roots, in the order in which people go through them.

    Roots and files are in the order of the tree, the failures of a file in that of its lines.
    """

    failures: list[FailurePlace]


@attrs.frozen(kw_only=True)
class RootStatus:
    """One root in numbers."""

    root: str
    files: int
    """Files with tests."""
    tests: int
    failed: int
    unfinished: int
    new: int
    passed: int
    stale: int
    parsed: int
    """Files that were parsed since the start; the others were remembered."""
    timings: dict[str, float]
    """Seconds that the start took, by its steps: ``cache``, ``first`` (until the first files were
    told), ``tests`` (until all were), ``journals``."""
    runs: list[str]
    """Ids or tokens of the runs that are under way or waiting."""


@attrs.frozen(kw_only=True)
class StatusResult:
    """The server about itself."""

    version: str
    python: str
    pid: int
    uptime: float
    memory: int | None
    """Resident bytes, or null where the system does not say."""
    documents: int
    """Open documents."""
    roots: list[RootStatus]


NoneType = type(None)

REQUESTS: dict[str, tuple[type, type]] = {
    RESYNC: (RootParams, NoneType),
    CHILDREN: (ChildrenParams, NoneType),
    RUN: (RunParams, RunResult),
    FILE_COVERAGE: (FileCoverageParams, FileCoverageResult),
    DEBUG_ENDED: (DebugEndedParams, NoneType),
    COLLECT: (RootParams, CollectResult),
    PREVIEW: (PreviewParams, PreviewResult),
    STEPWISE: (StepwiseParams, StepwiseResult),
    RUNS: (RunsParams, RunsResult),
    RUN_TESTS: (RunTestsParams, RunTestsResult),
    RUN_REPORT: (RunReportParams, FailureText),
    FAILURE: (NamedTests, FailureText),
    FAILURES: (NoneType, FailuresResult),
    CACHE_KEYS: (RootParams, CacheKeysResult),
    CACHE_VALUE: (CacheValueParams, CacheValueResult),
    CACHE_CLEAR: (RootParams, CacheRemoval),
    CACHE_DELETE: (CacheDeleteParams, CacheRemoval),
    CACHE_PRUNE: (RootParams, CacheRemoval),
    CACHE_UNDO: (CacheUndoParams, CacheUndoResult),
    FORGET: (NamedTests, CacheRemoval),
    DOCTOR: (DoctorParams, DoctorResult),
    IMPORT: (ImportParams, ImportResult),
    STATUS: (NoneType, StatusResult),
    SET_INTERPRETER: (SetInterpreterParams, NoneType),
}
"""Parameters and result of each request; ``NoneType`` where there are none."""

NOTIFICATIONS: dict[str, type] = {
    ROOTS: RootsParams,
    TESTS: TestsParams,
    RECORDS: RecordsParams,
    SUMMARY: SummaryParams,
    MARKERS: MarkersParams,
    RUN_STARTED: RunStartedParams,
    RUN_EVENTS: RunEventsParams,
    RUN_ENDED: RunEndedParams,
    COVERAGE: CoverageParams,
    CACHE_CHANGED: CacheChangedParams,
}
"""Parameters of each notification."""
