"""The workers of pytest-xdist that a run is given."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pytest_recall.narrowing import in_both
from pytest_recall_server.model.changes import Selection


def worker_args(workers: str | None) -> tuple[str, ...]:
    """Return the arguments that give a run its *workers*; None: it has what the project says."""
    return () if workers is None else (f"-n{workers}",)


def names_one(selection: Selection, remembered: Collection[str]) -> bool:
    """Tell whether *selection* comes down to one id, which may still be that of many tests.

    *remembered* are the outstanding ids.
    """
    if selection.kind in {"lastFailed", "outstanding"}:
        named = in_both(remembered, selection.ids) if selection.ids else remembered
    else:
        named = selection.ids if selection.kind == "ids" else ()
    return len(named) == 1 and all("::" in one for one in named)


def moves_tests(args: Sequence[str]) -> bool:
    """Tell whether *args* let xdist run the tests elsewhere, maybe on a copy.

    There pytest finds the rootdir only if it is given a path.
    """
    return any(one.partition("=")[0] in {"--tx", "--rsyncdir"} for one in args)
