"""Read what a run of pytest's tests left: its JUnit report and the witness's log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

Line = dict[str, "str | None"]


@dataclass(frozen=True)
class Results:
    """Ids of tests by outcome, and the inner runs."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    skipped: tuple[str, ...]
    log: tuple[Line, ...]

    @classmethod
    def of(cls, report: Path, log: list[Line]) -> Results:
        """Read *report*; an expected failure counts as passed."""
        found: dict[str, list[str]] = {"passed": [], "failed": [], "skipped": []}
        tree = ET.parse(report)  # noqa: S314 - the report was written by the run just over
        for case in tree.iter("testcase"):
            found[_outcome(case)].append(_id(case))
        passed, failed, skipped = (tuple(found[name]) for name in ("passed", "failed", "skipped"))
        return cls(passed, failed, skipped, tuple(log))

    def summary(self) -> str:
        """Return the counts."""
        counts = f"{len(self.passed)} passed, {len(self.failed)} failed"
        return f"{counts}, {len(self.skipped)} skipped, {len(self.log)} inner runs logged"


def _id(case: ET.Element) -> str:
    module, _dot, classes = case.get("classname", "").partition(".")
    names = [*classes.split("."), case.get("name", "")]
    return "::".join([f"{module}.py", *filter(None, names)])


def _outcome(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    skipped = case.find("skipped")
    if skipped is not None and skipped.get("type") != "pytest.xfail":
        return "skipped"
    return "passed"


def read_log(path: Path) -> list[Line]:
    """Return the lines of the witness."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def is_ours(line: Line) -> bool:
    """Tell whether all parts of an inner run came from our package; blocked ones are absent."""
    return all(module is None or module.startswith("pytest_recall") for module in line.values())
