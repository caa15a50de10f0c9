"""Ask what a run would do, run it, and say what nothing explains of the difference."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.python.plugin.support import OURS, Outcome, run_forked
from tests.python.server.previewing.memories import KINDS, Keys, keys_of, selections, write
from tests.python.server.previewing.suites import Suite
from tests.python.server.previewing.truth import runner
from tests.python.server.support import write_files

from pytest_recall_server.index.config import Config, read_config
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.model.preview import Preview
from pytest_recall_server.project import earlier, storage
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.preview import Foresight
from pytest_recall_server.project.sight import scope_of
from pytest_recall_server.runs.command import Runner, command_line, selected_ids, selection_file

_LASTING = re.compile("scope=|indirect")
_AGE = re.compile(r" \(cache from .*\)")
_SKIPPED = re.compile(r" \(skipped \d+ files?\)")


def _nothing(path: str) -> None:
    """Return what was parsed of a file before: nothing was."""
    del path


@dataclass(frozen=True)
class Case:
    """A project with what is remembered of it, opened in an editor."""

    root: Path
    """The folder that is opened."""
    beside: Path
    """A folder for what belongs to no project."""
    config: Config
    history: History
    foresight: Foresight

    @classmethod
    def of(cls, root: Path, beside: Path) -> Case:
        """Return the project that is opened in *root*."""
        config = read_config(str(root), {})
        history = History()
        foresight = Foresight(config, history, Indexer(config), _nothing, {})
        return cls(root, beside, config, history, foresight)

    def remember(self, keys: Keys) -> Path:
        """Write *keys*, read them as a server would, and return a copy of the cache with them."""
        for path, time in keys.times.items():
            os.utime(Path(self.config.rootdir, path), ns=(time, time))
        write(Path(self.config.cache_dir), keys)
        self.history.set_keys(storage.read_keys(self.config.cache_dir))
        copy = self.beside / "values"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.config.cache_dir, copy)
        return copy

    def collect(self) -> None:
        """Run all tests, and learn what that has collected."""
        run_forked(self.root, OURS)
        past = earlier.read_past(storage.journals(self.config.cache_dir))
        for path, collected in past.collected.items():
            self.history.add_old_collected(path, collected)

    def ids(self, selection: Selection) -> tuple[str, ...] | None:
        """Return what a run names."""
        history = self.history
        is_all = selection.kind == "outstanding"
        remembered = history.outstanding() if is_all else history.failed()
        return selected_ids(selection, remembered, scope_of(self.config))

    def foresee(self, *asked: Selection) -> list[Preview]:
        """Return what runs would do."""

        async def foresee_all() -> list[Preview]:
            return [await self.foresight.of(each, self.ids(each), ()) for each in asked]

        return asyncio.run(foresee_all())

    def run(self, asked: list[Selection], values: Path, *, apart: bool) -> list[Outcome]:
        """Run the commands that the server would run, each with *values* in its cache."""
        with contextlib.ExitStack() as stack:
            commands = []
            for selection in asked:
                ids, file = self.ids(selection), None
                if ids is not None:
                    file = stack.enter_context(selection_file(ids, selection.exclude))
                commands.append(_arguments(command_line(Runner(), selection.kind, file)))
            cache = self.config.cache_dir
            return runner().run(self.root, cache, values, commands, apart=apart)


def _arguments(command: list[str]) -> list[str]:
    """Return what the launcher makes of a command line."""
    at = command.index("--")
    own, theirs = command[2:at], command[at + 1 :]
    if "--select" in own:
        named = own.index("--select")
        own[named : named + 2] = [f"--recall-select={own[named + 1]}"]
    return [*own, *theirs]


@dataclass
class Comparer:
    """Compares; counts what was compared fully, and what explains the rest."""

    kinds: int = len(KINDS)
    """Of each suite so many kinds of runs are compared, chosen by chance."""
    used: Counter[str] = field(default_factory=Counter)

    def faults(self, suite: Suite, root: Path, random: Random) -> Iterator[str]:
        """Yield what nothing explains of runs of *suite*, which lies in *root*."""
        case = Case.of(root / suite.folder, root.parent)
        (everything,) = case.foresee(Selection(kind="all"))
        ids = list(dict.fromkeys(each.id for each in everything.tests))
        rootdir = Path(case.config.rootdir)
        texts = {
            (root / path).relative_to(rootdir).as_posix(): text
            for path, text in suite.files.items()
            if path.endswith((".py", ".txt", ".rst")) and (root / path).is_relative_to(rootdir)
        }
        lasting = frozenset(path for path, text in texts.items() if _LASTING.search(text))
        keys = keys_of(ids, list(texts), random)
        case.remember(keys)
        if random.randrange(4) == 0:
            case.collect()
        values = case.remember(keys)
        asked = random.sample(selections(ids, random), self.kinds)
        foreseen = case.foresee(*asked)
        outcomes = case.run(asked, values, apart=suite.wild)
        whole = True
        for selection, expected, outcome in zip(asked, foreseen, outcomes, strict=True):
            kind, *faults = _judge(selection, expected, outcome, lasting)
            self.used[kind] += 1
            self.used["certain"] += kind == SAME and expected.certain
            whole = whole and kind == SAME
            yield from (f"{selection}: {each}" for each in faults)
            if faults:
                yield f"{keys}\n{outcome.output}"
        self.used["suites"] += 1
        self.used["compared fully"] += whole


SAME = "the same"


def _judge(
    selection: Selection, expected: Preview, outcome: Outcome, lasting: frozenset[str]
) -> tuple[str, ...]:
    """Return what there is to say of a run, and what nothing explains."""
    ran, tests = list(outcome.selected), [each.id for each in expected.tests]
    if outcome.errors and not outcome.ran:
        # "Files that fail": pytest stops before the first test. What parsing sees it foresees.
        seen = expected.status.startswith("interrupted") and not tests
        return (SAME,) if seen else ("a file that fails",)
    if ran == tests:
        return (SAME, *_beside(selection, expected, outcome))
    said = f"foreseen {tests}\n selected {ran}"
    if expected.certain:
        return ("different", said)
    return ("not certain",) if _is_explained(tests, ran, lasting) else ("different", said)


def _beside(selection: Selection, expected: Preview, outcome: Outcome) -> Iterator[str]:
    """Yield what differs although the tests are the same."""
    stopped = selection.kind == "stepwise" and bool(outcome.failed)
    if outcome.ran != outcome.selected[: len(outcome.ran) if stopped else None]:
        yield f"selected {outcome.selected}, ran {outcome.ran}"
    if not expected.certain:
        # What was not certain may be among what is counted.
        return
    if expected.deselected != len(outcome.deselected):
        yield f"foreseen {expected.deselected} deselected, were {len(outcome.deselected)}"
    status = _AGE.sub("", expected.status)
    name = status.partition(":")[0]
    line = _SKIPPED.sub("", _AGE.sub("", outcome.line(f"{name}:"))) if name else ""
    if line != status:
        yield f"foreseen {status!r}, was {line!r}"


def _is_explained(tests: list[str], ran: list[str], lasting: frozenset[str]) -> bool:
    """Tell whether all differences lie in files some tests of which were not known.

    Or in files with parameters that may live longer than a test, *lasting*, some of which are not
    known. What is known of the order of the others is known whatever these are.
    """
    there, here = Counter(ran), Counter(tests)
    doubtful = {path_of(node_id) for node_id in (there - here) + (here - there)}
    for path in lasting:
        orders = [[each for each in ids if path_of(each) == path] for ids in (tests, ran)]
        if orders[0] != orders[1]:
            doubtful.add(path)
    rest = [[each for each in ids if path_of(each) not in doubtful] for ids in (tests, ran)]
    return bool(doubtful) and rest[0] == rest[1]


def folder_of(suite: Suite, base: Path) -> Path:
    """Write *suite* below *base* and return its folder."""
    return write_files(base.resolve() / "project", suite.files)
