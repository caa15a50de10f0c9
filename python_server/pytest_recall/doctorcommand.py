"""`python -m pytest_recall doctor`: say what is wrong with the cache directory, and repair it."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pytest_recall import journal
from pytest_recall.doctor import CacheError, Finding, Report, examine, repair
from pytest_recall.whichcache import ConfigurationError, Configured, absolute, configured

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
    parser.add_argument(
        "--cache-dir",
        type=_path,
        metavar="DIR",
        help="the cache directory (default: the one that pytest would use)",
    )
    parser.add_argument(
        "--rootdir",
        type=_path,
        metavar="DIR",
        help="what node ids are relative to (default: pytest's rootdir)",
    )
    parser.set_defaults(run=run)


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("is no path")
    return absolute(Path(text))


def run(options: argparse.Namespace) -> int:
    """Examine, repair if asked to, print, and return the exit status."""
    try:
        report = examine(*_place(options.cache_dir, options.rootdir))
        if options.repair:
            report = repair(report)
    except (CacheError, ConfigurationError) as exc:
        advice = "" if options.cache_dir else "; --cache-dir DIR names the directory itself"
        print(f"pytest_recall doctor: {exc}{advice}", file=sys.stderr)  # noqa: T201 - a command
        return UNUSABLE
    text = as_json(report) if options.json else "\n".join(lines_of(report, sys.stdout))
    _print(text)
    return SOUND if report.is_sound else PROBLEMS


def _print(text: str) -> None:
    # Node ids may hold what the terminal's encoding has no characters for.
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    with contextlib.suppress(BrokenPipeError):
        print(shown, flush=True)  # noqa: T201 - a command speaks on its stdout
        return
    # Whoever read has gone; the interpreter must not complain about it at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
        rootdir = told.rootdir if told is not None and is_own else _guessed_rootdir(cachedir)
    return cachedir, rootdir, told.functions if told else ("test",)


def _guessed_rootdir(cachedir: Path) -> Path | None:
    """Return the newest run's rootdir if *cachedir* is in it, else what pytest's default says."""
    for path in reversed(journal.journals(journal.runs_directory(cachedir))):
        events = journal.read(path)
        rootdir = events[0].get("rootdir") if journal.understands(events) else None
        if isinstance(rootdir, str) and Path(rootdir) in cachedir.parents:
            return Path(rootdir)
    return cachedir.parent if cachedir.name == ".pytest_cache" else None


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
    paint = _Paint(_has_colour(stream))
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
        f"{_count(counts.runs, 'run')}, {_count(counts.failures, 'failure')}, "
        f"{counts.unfinished} unfinished, {_count(counts.tests, 'known test')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _paths(finding: Finding) -> str:
    more = f" and {len(finding.more)} more" if finding.more else ""
    return f"{finding.path}{more}"


def _has_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@dataclasses.dataclass(frozen=True)
class _Paint:
    is_on: bool

    def _sgr(self, code: int, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_on else text

    def good(self, text: str) -> str:
        return self._sgr(32, text)

    def bad(self, text: str) -> str:
        return self._sgr(31, text)

    def dim(self, text: str) -> str:
        return self._sgr(2, text)
