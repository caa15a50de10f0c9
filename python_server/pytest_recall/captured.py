"""What a test printed and logged, put together of the reports of its phases and subtests."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

OUTPUT = ("stdout", "stderr", "log")
"""The members of a `test` event that hold what was captured, as pytest names its sections."""


def captured_of(last: pytest.TestReport, subtests: Iterable[pytest.TestReport]) -> dict[str, str]:
    """Return what was captured: member → text that is not empty.

    *last* is the report of the test's last phase, which pytest gives the sections of all phases
    before it. What a subtest printed stands only in its own report, beside those sections.
    """
    texts = {
        name: "".join(
            [
                *(_section(report, f"Captured {name} call") for report in subtests),
                *(text for title, text in last.sections if title.startswith(f"Captured {name}")),
            ]
        )
        for name in OUTPUT
    }
    return {name: text for name, text in texts.items() if text}


def _section(report: pytest.TestReport, wanted: str) -> str:
    return "".join(text for title, text in report.sections if title == wanted)
