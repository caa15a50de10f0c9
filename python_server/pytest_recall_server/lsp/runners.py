"""What runs pytest in each root, as the client says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pytest_recall_server.index.config import Config, is_in
from pytest_recall_server.lsp import protocol
from pytest_recall_server.runs.command import Runner


def runner_of(
    options: protocol.InitializationOptions | protocol.SetInterpreterParams,
) -> Runner:
    """Return what runs pytest by a message of the client."""
    named = options.interpreter or protocol.Interpreter(path=None)
    return Runner(
        interpreter=named.path,
        problem=named.problem,
        places=None if options.interpreter else (),
        args=tuple(options.args),
        trusted=bool(options.trusted),
        says_trust=options.trusted is not None,
        cwd=options.cwd,
        env=options.env,
        env_file=options.env_file,
        env_file_optional=options.env_file_optional,
        workers=options.workers,
        output_of_passed_tests=options.output_of_passed_tests,
        warm=options.warm_start,
    )


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

    def of(self, config: Config, folders: Sequence[str]) -> Runner:
        """Return the runner of a root; *folders* are those of the workspace."""
        runner = self._own.get(config.rootdir, self._default)
        if runner.places is None:
            return runner
        places = (*_and_above(config.folder, folders), config.rootdir)
        return replace(runner, places=tuple(dict.fromkeys(places)))


def _and_above(folder: str, tops: Sequence[str]) -> Iterator[str]:
    """Yield *folder* and those above it that lie in one of *tops*."""
    yield folder
    above = os.path.dirname(folder)
    if above != folder and any(is_in(above, top) for top in tops):
        yield from _and_above(above, tops)
