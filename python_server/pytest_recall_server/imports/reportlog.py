"""Read a report of pytest-reportlog: a JSON object a line, one for each phase of each test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from pytest_recall.journal import cut_text
from pytest_recall_server.imports.reported import (
    Outcome,
    Phase,
    Reported,
    Source,
    Spelling,
    first_line,
)

LONGEST_LINE = 1 << 24
_PHASES: dict[str, Phase] = {"setup": "setup", "call": "call", "teardown": "teardown"}
_SECTIONS = {"stdout": "stdout", "stderr": "stderr", "log": "log"}

Json = Mapping[str, object]


def objects(lines: Iterable[str], source: Source) -> Iterator[Json]:
    """Yield the objects of JSON *lines*; what is none is counted in a problem of *source*."""
    damaged = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            yield value
        else:
            damaged += 1
    if damaged:
        what = "line is" if damaged == 1 else "lines are"
        source.problems.append(
            f"{damaged} {what} damaged or cut in {source.name}: the rest was read."
        )


def read_reportlog(name: str, lines: Iterable[str]) -> Source:
    """Read a report: each test that was called or failed, once for each of its failures."""
    source = Source(name, "reportlog")
    durations: dict[str, float] = {}
    passed: dict[str, Reported] = {}
    failed: set[str] = set()
    for value in objects(lines, source):
        node_id = value.get("nodeid")
        # Subtests of pytest itself have the second name only.
        kind = value.get("$report_type") or value.get("_report_type")
        if not isinstance(node_id, str) or not isinstance(kind, str):
            continue
        reported = _reported(node_id, kind, value, durations)
        if reported is None:
            continue
        source.when = source.when or reported.when
        if reported.failing:
            failed.add(node_id)
            source.tests.append(reported)
        elif node_id not in passed or reported.outcome != "passed":
            passed[node_id] = reported
    source.tests += [each for node_id, each in passed.items() if node_id not in failed]
    return source


def _reported(node_id: str, kind: str, value: Json, durations: dict[str, float]) -> Reported | None:
    outcome = value.get("outcome")
    if kind == "CollectReport":
        # That something could be collected says nothing of its tests.
        return _failure(node_id, value, None, collects=True) if outcome == "failed" else None
    if kind not in {"TestReport", "SubTestReport", "SubtestReport"}:
        return None
    phase = _PHASES.get(str(value.get("when")))
    seconds = value.get("duration")
    if isinstance(seconds, int | float):
        durations[node_id] = durations.get(node_id, 0.0) + seconds
    if outcome == "failed":
        return _failure(node_id, value, phase, collects=False)
    said = _quiet_outcome(value)
    if kind != "TestReport" or said is None or (said == "passed" and phase != "call"):
        return None
    return Reported(
        spellings=(Spelling(id=node_id),),
        outcome=said,
        phase=phase,
        message=_skip_reason(value),
        duration=durations.get(node_id),
        when=_time(value),
    )


def _quiet_outcome(value: Json) -> Outcome | None:
    outcome, expected = value.get("outcome"), "wasxfail" in value
    if outcome == "passed":
        return "xpassed" if expected else "passed"
    if outcome == "skipped":
        return "xfailed" if expected else "skipped"
    return None


def _skip_reason(value: Json) -> str | None:
    longrepr = value.get("longrepr")
    if "wasxfail" in value:
        return first_line(str(value["wasxfail"]).removeprefix("reason: "))
    if isinstance(longrepr, list) and longrepr:
        return first_line(str(longrepr[-1]).removeprefix("Skipped: "))
    return None


def _failure(node_id: str, value: Json, phase: Phase | None, *, collects: bool) -> Reported:
    longrepr = value.get("longrepr")
    text = longrepr if isinstance(longrepr, str) else "\n".join(_lines(longrepr))
    captured = _captured(value.get("sections"))
    context = value.get("_subtest.context") or value.get("context")
    return Reported(
        spellings=(Spelling(id=node_id),),
        outcome="failed" if phase == "call" else "error",
        phase=phase,
        message=_crash(longrepr),
        longrepr=cut_text(text) or None,
        subtest=_description(context),
        duration=_seconds(value.get("duration")),
        when=_time(value),
        collects=collects,
        stdout=captured.get("stdout"),
        stderr=captured.get("stderr"),
        log=captured.get("log"),
    )


def _crash(longrepr: object) -> str | None:
    if isinstance(longrepr, str):
        return first_line(longrepr) if "\n" not in longrepr.strip() else None
    crash = longrepr.get("reprcrash") if isinstance(longrepr, dict) else None
    message = crash.get("message") if isinstance(crash, dict) else None
    return first_line(message) if isinstance(message, str) else None


def _lines(longrepr: object) -> Iterator[str]:
    """Yield the traceback of a report as pytest prints it."""
    if not isinstance(longrepr, dict):
        return
    chain = longrepr.get("chain")
    parts = chain if isinstance(chain, list) and chain else [[longrepr.get("reprtraceback")]]
    for part in parts:
        traceback = part[0] if isinstance(part, list) and part else None
        yield from _entries(traceback)
        words = part[2] if isinstance(part, list) and len(part) == len("abc") else None
        if isinstance(words, str):
            yield words


def _entries(traceback: object) -> Iterator[str]:
    entries = traceback.get("reprentries") if isinstance(traceback, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        data = entry.get("data") if isinstance(entry, dict) else None
        if not isinstance(data, dict):
            continue
        lines, place = data.get("lines"), data.get("reprfileloc")
        said = [str(line) for line in lines] if isinstance(lines, list) else []
        at = _location(place)
        # The short style has its place before the lines, the long one behind them.
        yield from (at, *said) if data.get("style") == "short" else (*said, "", at)
        yield ""


def _location(place: object) -> str:
    if not isinstance(place, dict):
        return ""
    return f"{place.get('path')}:{place.get('lineno')}: {place.get('message')}"


def _description(context: object) -> str | None:
    if not isinstance(context, dict):
        return None
    message, values = context.get("msg"), context.get("kwargs")
    parts = [f"[{message}]"] if message is not None else []
    if isinstance(values, dict) and values:
        parts.append("(" + ", ".join(f"{name}={value}" for name, value in values.items()) + ")")
    return " ".join(parts) or "(<subtest>)"


def _captured(sections: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in sections if isinstance(sections, list) else ():
        if not isinstance(section, list) or len(section) != len(("name", "text")):
            continue
        heading, text = str(section[0]).split(), str(section[1])
        name = _SECTIONS.get(heading[1]) if len(heading) > 1 else None
        if name is not None and text:
            # Each phase has all that was captured before.
            found[name] = cut_text(
                text if text.startswith(found.get(name, "")) else found[name] + text
            )
    return found


def _time(value: Json) -> float | None:
    return _seconds(value.get("stop")) or _seconds(value.get("start"))


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < float("inf") else None
