"""What runs pytest in each root."""

from __future__ import annotations

from pytest_recall_server.runs.command import Runner


class Runners:
    """One for all roots, and those of single roots: also of roots that are not there yet."""

    def __init__(self) -> None:
        self._default = Runner()
        self._own: dict[str, Runner] = {}

    def put(self, rootdir: str | None, runner: Runner) -> None:
        """Take the runner of one root, or of all that have none of their own."""
        if rootdir is None:
            self._default = runner
        else:
            self._own[rootdir] = runner

    def of(self, rootdir: str) -> Runner:
        """Return the runner of a root."""
        return self._own.get(rootdir, self._default)
