"""`pytest-recall doctor`: say what is wrong with the cache directory, and repair it."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pytest_recall.commandline import (
    NAME,
    Paint,
    add_place,
    complain,
    counted,
    guessed_rootdir,
    has_colour,
    say,
)
from pytest_recall.doctor import CacheError, Finding, Report, examine, repair
from pytest_recall.whichcache import ConfigurationError, Configured, configured

SOUND, PROBLEMS, UNUSABLE = 0, 1, 2
JSON_VERSION = 1
DESCRIPTION = """\
Look for damage in pytest's cache directory: torn journals and values, runs that were killed,
tests that are gone, leftovers, wrong permissions. Exit status: 0 if all is well (or was repaired),
1 if something is left to do, 2 if there is no cache directory to look at."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor` to the *commands*."""
    parser = commands.add_parser(
        "doctor",
        help="check the cache directory and repair it",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="repair what can be repaired; what is replaced is kept beside the original",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Examine, repair if asked to, print, and return the exit status."""
    try:
        report = examine(*_place(options.cache_dir, options.rootdir))
        if options.repair:
            report = repair(report)
    except (CacheError, ConfigurationError) as exc:
        advice = "" if options.cache_dir else "; --cache-dir DIR names the directory itself"
        complain(f"{NAME} doctor: {exc}{advice}")
        return UNUSABLE
    text = as_json(report) if options.json else "\n".join(lines_of(report, sys.stdout))
    say(text)
    return SOUND if report.is_sound else PROBLEMS


def _place(
    cachedir: Path | None, rootdir: Path | None
) -> tuple[Path, Path | None, tuple[str, ...]]:
    """Return the cache directory, the rootdir and the patterns of test functions."""
    if rootdir is not None and not rootdir.is_dir():
        raise CacheError(f"--rootdir: there is no directory {rootdir}")
    if cachedir is None:
        found = configured(rootdir)
        return found.cachedir, found.rootdir, found.functions
    told: Configured | None = None
    with contextlib.suppress(ConfigurationError):
        told = configured(rootdir)
    if rootdir is None:
        is_own = told is not None and told.cachedir == cachedir
        rootdir = told.rootdir if told is not None and is_own else guessed_rootdir(cachedir)
    return cachedir, rootdir, told.functions if told else ("test",)


def as_json(report: Report) -> str:
    """Return *report* as documented in `docs/doctor.md`."""
    value = {
        "version": JSON_VERSION,
        "cachedir": str(report.place.cachedir),
        "rootdir": None if report.place.rootdir is None else str(report.place.rootdir),
        "sound": report.is_sound,
        "counts": dataclasses.asdict(report.counts),
        "findings": [_finding(finding) for finding in report.findings],
        "repairs": [
            {"kind": each.finding.kind, "path": each.finding.path}
            | {"more": list(each.finding.more), "done": each.done, "error": each.error}
            for each in report.repairs
        ],
    }
    return json.dumps(value, indent=2)


def _finding(finding: Finding) -> dict[str, object]:
    value = dataclasses.asdict(finding)
    return value | {"more": list(finding.more), "ids": list(finding.ids)}


def lines_of(report: Report, stream: TextIO) -> Iterator[str]:
    """Yield the report for people; coloured if *stream* is a terminal that may be."""
    paint = Paint(has_colour(stream))
    cachedir = report.place.cachedir
    rows = [
        (paint.bad if finding.level == "problem" else paint.dim, finding.kind, finding)
        for finding in report.findings
    ]
    for each in report.repairs:
        what = paint.good("repaired") if each.done else paint.bad("not repaired")
        yield f"{what}  {_paths(each.finding)}: {each.done or each.error}"
    if report.is_sound:
        yield f"{paint.good('sound')}  {cachedir}: {_counts(report)}"
    else:
        count = len(report.problems)
        yield f"{cachedir}: {count} {'problem' if count == 1 else 'problems'}, {_counts(report)}"
    kinds = max((len(kind) for _, kind, _ in rows), default=0)
    paths = min(max((len(_paths(each)) for _, _, each in rows), default=0), 60)
    for colour, kind, finding in rows:
        repair_note = f" [--repair: {finding.repair}]" if finding.repair else ""
        where = _paths(finding)
        yield f"  {colour(kind.ljust(kinds))}  {where.ljust(paths)}  {finding.message}{repair_note}"


def _counts(report: Report) -> str:
    counts = report.counts
    return (
        f"{counted(counts.runs, 'run')}, {counted(counts.failures, 'failure')}, "
        f"{counts.unfinished} unfinished, {counted(counts.tests, 'known test')}"
    )


def _paths(finding: Finding) -> str:
    more = f" and {len(finding.more)} more" if finding.more else ""
    return f"{finding.path}{more}"
