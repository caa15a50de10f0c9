"""What a run has shown: exit status, tests in their order, what they observed, output."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

REPORT = "report.xml"
OBSERVED = "observed.json"
REPORTING = (f"--junitxml={REPORT}", "-o", "junit_family=xunit1")
"""Every run, plain ones too, is asked for pytest's own report: tests in order, with outcomes."""

_WORKER = re.compile(r"^\[(gw\d+)\] \[ *\d+%\] ([A-Z]+) (.+?) *$", re.MULTILINE)
# What differs from one plain run to the next.
_PASSING = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\b\d+\.\d+s\b( \([\d:]+\))?"), "N s"),
    # The rule around a title is as long as durations leave room for.
    (re.compile(r"^=+|=+$", re.MULTILINE), "="),
    (re.compile(r"\b0x[0-9a-f]{6,}"), "0xN"),
    (re.compile(r"/pytest-of-([^/]+)/pytest-\d+"), r"/pytest-of-\1/pytest-N"),
)
_OWN_TO_A_RUN = {"PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER"}

Test = tuple[str, str]
"""A test's address in pytest's report, and its outcome."""


@dataclass(frozen=True)
class Seen:
    """One run."""

    status: int | None
    tests: tuple[Test, ...] = ()
    """In the order of pytest's report."""
    workers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Worker → node ids, in the order in which it ran them."""
    observed: dict[str, Any] = field(default_factory=dict)
    output: tuple[str, ...] = ()
    """Lines, without what differs from one plain run to the next."""
    told: dict[str, str] | None = None
    """Node id → outcome, as the server told it; None: there was no server."""


def read(folder: Path, status: int | None, output: str, told: dict[str, str] | None = None) -> Seen:
    """Read what a run has left in *folder*."""
    constant = _constant(output.replace("\r\n", "\n"))
    workers: defaultdict[str, list[str]] = defaultdict(list)
    for worker, _, node_id in _WORKER.findall(constant):
        workers[worker].append(node_id)
    return Seen(
        status=status,
        tests=_tests(folder / REPORT),
        workers={worker: tuple(ids) for worker, ids in sorted(workers.items())},
        observed=_observed(folder / OBSERVED),
        output=tuple(constant.splitlines()),
        told=told,
    )


def _constant(text: str) -> str:
    for pattern, constant in _PASSING:
        text = pattern.sub(constant, text)
    return text


def _tests(report: Path) -> tuple[Test, ...]:
    if not report.exists():
        return ()
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest wrote it
    return tuple((_address(case), _outcome(case)) for case in cases)


def _address(case: ET.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def _outcome(case: ET.Element) -> str:
    found = [each for each in case if each.tag in {"failure", "error", "skipped"}]
    # An expected failure is a skip of another type.
    return "+".join(each.get("type") or each.tag for each in found) or "passed"


def _observed(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    observed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    environment = observed.pop("environment")
    variables = {f"${name}": environment[name] for name in environment.keys() - _OWN_TO_A_RUN}
    return {**observed, **variables}
