"""Export one run as a file of its own.  Blocking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from pytest_recall import journal
from pytest_recall_server import __version__
from pytest_recall_server.errors import HumanError
from pytest_recall_server.imports import exported


def export_lines(path: Path, *, output: bool = True) -> Iterator[bytes]:
    """Yield the lines of the exported run of the journal *path*; raises ``HumanError``.

    *output*: with what tests have printed and logged.
    """
    events = journal.read(path)
    if not journal.understands(events):
        raise HumanError(f"{path.name} is damaged, or of a newer Pytest Recall: update this one.")
    yield journal.encode(exported.heading(path.stem, __version__))
    for event in events:
        yield journal.encode(event if output else exported.without_output(event))


def write_export(path: Path, target: Path, *, output: bool = True) -> None:
    """Write the exported run to *target*, whole or not at all; raises OSError."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.writelines(export_lines(path, output=output))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
