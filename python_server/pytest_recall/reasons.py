"""Say why a test failed, where the exception is still at hand: in the process that ran it."""

from __future__ import annotations

import contextlib
import linecache
from collections.abc import Generator
from pathlib import Path
from pprint import pformat

import pytest
from _pytest._code import TracebackEntry
from _pytest._io.saferepr import saferepr

from pytest_recall.hooks import Hooks
from pytest_recall.journal import TEXT_LIMIT, cut_text

Reason = dict[str, object]

ATTRIBUTE = "recall_reason"
"""The attribute of a report that carries the reason, also from an xdist worker."""

LONGEST_STATEMENT = 1_000
"""Lines of tracebacks that are longer, in characters, are not written down."""

MAX_PARTS = 2_000
"""From so many parts on, a compared value is shown shortened instead of laid out."""


class Reasons(Hooks):
    """Attach the reason to every report of a failure; costs nothing to tests that pass."""

    def __init__(self, config: pytest.Config) -> None:
        self._root = config.rootpath
        self._compared: tuple[str, str] | None = None

    def forget(self) -> None:
        """Forget what an earlier test compared."""
        self._compared = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Keep both sides of an `==` that did not hold."""
        self._compared = (text_of(left), text_of(right)) if op == "==" else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(
        self,
        node: pytest.Item | pytest.Collector,
        call: pytest.CallInfo[object],
        report: pytest.TestReport | pytest.CollectReport,
    ) -> None:
        """Add the reason to a report, which the recorder writes when the test is over."""
        if call.excinfo is None:
            return
        # A test may have patched what is needed here, and an exception may refuse to be shown.
        with contextlib.suppress(Exception):
            if isinstance(node, pytest.Collector):
                reason = collection_reason(call.excinfo, node.path, self._root)
            else:
                reason = self._reason(call.excinfo, node, report)
            setattr(report, ATTRIBUTE, reason)

    def _reason(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        item: pytest.Item,
        report: pytest.TestReport | pytest.CollectReport,
    ) -> Reason:
        reason = reason_of(excinfo, item, report, self._root)
        if self._compared is not None and excinfo.errisinstance(AssertionError):
            reason["actual"], reason["expected"] = self._compared
        self._compared = None
        return reason


class WorkerReasons(Reasons):
    """The same in a worker of xdist, where a report is sent away as soon as it is made."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the reason to a failed report."""
        report = yield
        if report.outcome == "failed" and call.excinfo is not None:
            with contextlib.suppress(Exception):
                setattr(report, ATTRIBUTE, self._reason(call.excinfo, item, report))
        self.forget()
        return report


def collection_reason(
    excinfo: pytest.ExceptionInfo[BaseException], path: Path, root: Path
) -> Reason:
    """Return message, place, statement and frames of what stopped the collection of *path*."""
    # pytest wraps what an import raises into an error of its own.
    error = excinfo.value.__cause__ or excinfo.value.__context__ or excinfo.value
    inner = pytest.ExceptionInfo.from_exception(error)
    message = first_line(inner.exconly())
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        place = _place(error.filename, error.lineno, root)
        # The first lines of a syntax error show the file; the last one says what is wrong.
        return {"message": f"{type(error).__name__}: {error.msg}", "place": place} | _statement(
            place, root
        )
    frames = frames_of(inner, path, root)
    deepest = place_in(frames, relative(str(path), root))
    reason: Reason = {"message": message, "frames": frames}
    return reason | ({"place": deepest} | _statement(deepest, root) if deepest else {})


def reason_of(
    excinfo: pytest.ExceptionInfo[BaseException],
    item: pytest.Item,
    report: pytest.TestReport | pytest.CollectReport,
    root: Path,
) -> Reason:
    """Return message, place, statement and frames of an exception raised in *item*."""
    frames = frames_of(excinfo, item.path, root)
    missing = getattr(report.longrepr, "errorstring", None)
    if missing is not None:
        # A fixture that does not exist is reported at the function that asks for it.
        line = int(getattr(report.longrepr, "firstlineno", 0)) + 1
        place = _place(str(getattr(report.longrepr, "filename", item.path)), line, root)
        return {"message": first_line(str(missing)), "place": place, **_statement(place, root)}
    deepest = place_in(frames, relative(str(item.path), root))
    reason: Reason = {"message": first_line(excinfo.exconly(tryshort=True)), "frames": frames}
    if deepest is not None:
        reason["place"] = deepest
        reason.update(_statement(deepest, root))
    return reason


def frames_of(
    excinfo: pytest.ExceptionInfo[BaseException], path: Path, root: Path
) -> list[dict[str, object]]:
    """Return the traceback from the test's own file on, outermost first."""
    entries = [entry for entry in excinfo.traceback if not entry.ishidden(excinfo)]
    own = [index for index, entry in enumerate(entries) if str(entry.path) == str(path)]
    if own:
        entries = entries[own[0] :]
    else:
        entries = [entry for entry in entries if not _is_machinery(str(entry.path))] or entries[-1:]
    return [_frame(entry, root) for entry in entries]


def _frame(entry: TracebackEntry, root: Path) -> dict[str, object]:
    path, line = relative(str(entry.path), root), entry.lineno + 1
    frame: dict[str, object] = {"path": path, "line": line, "name": entry.frame.code.name}
    # Where a file lies elsewhere, nobody follows its lines.
    is_followed = not Path(path).is_absolute()
    text = linecache.getline(str(entry.path), line).strip() if is_followed else ""
    return frame | ({"statement": text} if 0 < len(text) <= LONGEST_STATEMENT else {})


def _is_machinery(path: str) -> bool:
    parts = Path(path).parts
    return "_pytest" in parts or "pluggy" in parts


def place_in(frames: list[dict[str, object]], path: str) -> dict[str, object] | None:
    """Return where to look: the deepest of *frames* in *path*, else the deepest of all."""
    own = [frame for frame in frames if frame["path"] == path] or frames
    return {"path": own[-1]["path"], "line": own[-1]["line"]} if own else None


def _place(path: str, line: int, root: Path) -> dict[str, object]:
    return {"path": relative(path, root), "line": line}


def _statement(place: dict[str, object], root: Path) -> Reason:
    line = int(str(place["line"]))
    text = linecache.getline(str(root / str(place["path"])), line).strip()
    return {"statement": text} if text else {}


def relative(path: str, root: Path) -> str:
    """Return *path* relative to *root* with `/` if it lies below it, absolute otherwise."""
    absolute = Path(path) if Path(path).is_absolute() else root / path
    try:
        return absolute.relative_to(root).as_posix()
    except ValueError:
        return str(absolute)


def first_line(text: str) -> str:
    """Return the first line of *text*."""
    return text.strip().partition("\n")[0]


def text_of(value: object) -> str:
    """Return *value* as a person compares it: texts as they are, containers laid out."""
    if isinstance(value, str):
        return cut_text(value)
    if isinstance(value, (list, tuple, dict, set, frozenset)) and _is_small(value):
        try:
            return cut_text(pformat(value, sort_dicts=False))
        except Exception:  # noqa: BLE001 - a __repr__ may raise anything
            return saferepr(value, maxsize=TEXT_LIMIT)
    return saferepr(value, maxsize=TEXT_LIMIT)


def _is_small(value: object) -> bool:
    """Tell whether a container has few enough parts, counted without recursion without end."""
    parts = [value]
    for part in parts:
        if isinstance(part, dict):
            parts.extend(part.values())
        elif isinstance(part, (list, tuple, set, frozenset)):
            parts.extend(part)
        if len(parts) > MAX_PARTS:
            return False
    return True
