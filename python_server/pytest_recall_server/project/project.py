"""One root: the only place where its state changes.

Everything here runs on the event loop; files are read and parsed in threads, which
return values.  Whatever changes is published in one place, ``_publish``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pytest_recall_server.index.config import Config, is_in
from pytest_recall_server.index.walk import relative_path
from pytest_recall_server.model.batches import batches
from pytest_recall_server.model.changes import (
    Counts,
    ProjectStatus,
    Record,
    Selection,
    TreeChange,
)
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.model.pastruns import PastRun, RunTold
from pytest_recall_server.model.results import Place
from pytest_recall_server.project.counting import counts_of
from pytest_recall_server.project.covering import Covering
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.earlier import Past
from pytest_recall_server.project.editing import Editing
from pytest_recall_server.project.failures import failures
from pytest_recall_server.project.files import Files
from pytest_recall_server.project.following import RunListener
from pytest_recall_server.project.history import History
from pytest_recall_server.project.keeping import Effects, Keeping
from pytest_recall_server.project.listener import Listener
from pytest_recall_server.project.pastruns import PastRuns, with_counts
from pytest_recall_server.project.preview import Foresight
from pytest_recall_server.project.prospects import Freshness, Prospects
from pytest_recall_server.project.records import Records
from pytest_recall_server.project.rereading import Rereading
from pytest_recall_server.project.running import Runs
from pytest_recall_server.project.runtelling import RunTelling
from pytest_recall_server.project.saving import chosen_of
from pytest_recall_server.project.sight import scope_of
from pytest_recall_server.project.stepping import Stepping
from pytest_recall_server.project.telling import Telling
from pytest_recall_server.project.tree import Tree
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.conditions import Home
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import Coalesced, measured, spawn_task

logger = logging.getLogger(__name__)

POLL_EVERY = 0.5
_PUBLISH_AFTER = 0.05
# Where much has changed, what follows from it must not hold up the results themselves.
_PUBLISH_SHARE = 0.05
# How long files must be at rest before they are read, and at the latest after.
_FEW = (0.03, 1.0)
# A checkout: editors tell of thousands of files in bursts of some hundreds, 0.2 s apart.
_MANY = (0.4, 8.0)
_MANY_FILES = 200


class Project:
    """The owner of one root's state."""

    def __init__(
        self,
        config: Config,
        environment: Mapping[str, str],
        watchdog: Watchdog,
        listener: Listener,
    ) -> None:
        self.config = config
        self.root = config.rootdir
        self._listener = listener
        self._history = History()
        self._rereading = Rereading(config.cache_dir, self._history)
        self._tree = Tree(self._history)
        documents: dict[str, Document] = {}
        self._records = Records(self._tree, self._history, documents)
        self._files = Files(config, self._history, self._tree, documents, self._tell_tree)
        self.editing = Editing(
            root=self.root,
            history=self._history,
            tree=self._tree,
            indexer=self._files.indexer,
            documents=documents,
            records=self._records,
            tell=listener.marks_changed,
            changed=self._ask_to_publish,
        )
        self.telling = Telling(config.cache_dir, self._history, documents, self._records)
        self._foresight = Foresight(
            config, self._history, self._files.indexer, self._tree.file, environment
        )
        self._past_runs = PastRuns(config.cache_dir)
        self._stepping = Stepping(config.cache_dir, self._records.told)
        self._counts: Counts | None = None
        self._timings: dict[str, float] = {}
        self._changed_files: set[str] = set()
        self._ready = asyncio.Event()
        self._publishing = Coalesced("publish", self._publish, _PUBLISH_AFTER, share=_PUBLISH_SHARE)
        self._refreshing = Coalesced("refresh the cache", self._refresh_cache)
        self._updating = Coalesced("update files", self._update_files, *_FEW)
        self._tasks: list[asyncio.Task[None]] = []
        self._run_telling = RunTelling(
            root=self.root,
            listener=listener,
            records=self._records,
            tree=self._tree,
            indexer=self._files.indexer,
            stepping=self._stepping,
            told=self._ask_to_publish,
        )
        self.covering = Covering(
            self.root,
            config.addopts,
            lambda token, files: listener.covered(self.root, token, files),
        )
        self.keeping = Keeping(
            config,
            Effects(
                fewer=self._settle_and_say,
                more=self._take_in,
                nothing_left=self._history.clear,
                imported=self._take_in_import,
            ),
        )
        self.runs = Runs(
            cache_dir=config.cache_dir,
            home=Home(rootdir=config.rootdir, folder=config.folder, config_file=config.file),
            scope=scope_of(config),
            environment=environment,
            history=self._history,
            watchdog=watchdog,
            listener=RunListener(
                started=self._run_telling.started,
                went_on=self._run_telling.went_on,
                ended=self._run_telling.ended,
                settle=self._settle,
                queued=self._ask_to_publish,
            ),
            choose=self._choose,
            covering=self.covering,
            is_single=self._is_single,
        )
        self.prospects = Prospects(
            self.runs,
            self._foresight,
            self._stepping,
            self._choose,
            Freshness(opened=self._ready, reread=self._refreshing.now, settle=self._settle),
        )

    # Beginning and end.

    async def start(self) -> None:
        """Read the cache, find the tests, and tell of both."""
        with measured(self._timings, "cache"):
            await self._rereading.open()
        self._listener.root_changed(self.root)
        try:
            await self._files.read_all(self._read_known)
            # Reasons come after the tests: reading both at once would delay the first rows.
            with measured(self._timings, "journals"):
                past = await self._read_past()
            self._history.streaks.add_before(past.streaks)
            await self._files.read_unusual()
            await self._records.relocate(self._files.indexer)
        finally:
            # Whatever went wrong: what is known is told, and later changes are too.
            self._ready.set()
            self.editing.parse_all_soon()
            self._tasks.append(spawn_task(self._poll(), "watch the cache"))
            await self.keeping.sweep()
            await self._publish()

    async def _read_known(self) -> None:
        """Read which ids are known: whether a test is new, and parameters that are not certain."""
        with measured(self._timings, "known"):
            await self._rereading.read_keys()

    async def _read_past(self) -> Past:
        paths, past = await self._rereading.read_journals()
        self.runs.terminals.pass_over(set(paths).difference(past.living))
        self.runs.notice(past.living)
        return past

    async def stop(self) -> None:
        """End all work and all own runs."""
        for task in self._tasks:
            task.cancel()
        for work in (self._publishing, self._refreshing, self._updating):
            work.stop()
        self.editing.stop()
        await self.runs.stop()
        await self._files.indexer.stop()

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about this root as a whole."""
        return (*self.config.problems, *self._rereading.problems)

    def status(self) -> ProjectStatus:
        """Return this root in numbers."""
        return ProjectStatus(
            counts=self._counts_now(),
            files=self._tree.count(),
            parsed=self._files.indexer.parsed,
            timings={**self._timings, **self._files.timings},
            runs=tuple(self.runs.names()),
        )

    def owns(self, path: str) -> bool:
        """Tell whether the file at the absolute *path* lies in this root, and in none below it."""
        return self._holds(path) and not self.config.leaves_to_others(path)

    def own_files(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return those of the absolute *paths* that lie in this root, relative to it."""
        return tuple(relative_path(self.root, path) for path in filter(self.owns, paths))

    def _holds(self, path: str) -> bool:
        return path != self.root and is_in(path, self.root)

    def leave(self, nested: tuple[str, ...]) -> None:
        """From now on leave the absolute folders *nested* to other roots, and no others."""
        changed = set(nested).symmetric_difference(self.config.nested)
        if not changed:
            return
        self.config = replace(self.config, nested=nested)
        self._files.indexer.leave(nested)
        self._foresight.config = self.config
        self.runs.scope = scope_of(self.config)
        self._changed_files.update(relative_path(self.root, folder) for folder in changed)
        self._updating.ask()

    # Files.

    def files_changed(self, paths: Iterable[str]) -> None:
        """Look again at files or folders (absolute paths) that changed on disk."""
        for path in filter(self._holds, paths):
            relative = relative_path(self.root, path)
            # What is outstanding here is shown here, also where it lies in another root.
            if self._tree.file(relative) is not None or self.owns(path):
                self._changed_files.add(relative)
        if self._changed_files:
            self._updating.pace(*(_MANY if len(self._changed_files) >= _MANY_FILES else _FEW))
            self._updating.ask()

    async def look(self) -> None:
        """Find out which files have changed, where nobody tells of them."""
        await self._ready.wait()
        changed = await self._files.look()
        self.files_changed(os.path.join(self.root, path) for path in changed)

    async def _update_files(self) -> None:
        paths, self._changed_files = self._changed_files, set()
        await self._files.read_some(paths)
        await self.editing.meet_disk()
        if self._records.places() & paths:
            await self._records.relocate(self._files.indexer)
        await self._publish()

    def open_document(self, uri: str, path: str, version: int, text: str) -> None:
        """Follow a document from now on."""
        self.expect_run(path)
        self.editing.open(uri, path, version, text)

    async def knows_document(self, path: str) -> None:
        """Wait until it is known what the document at the absolute *path* defines."""
        await self._ready.wait()
        await self.editing.parsed(path)

    def save_document(self, path: str) -> None:
        """Take note that the file now has the document's text."""
        self.expect_run(path)
        self.editing.save(path)
        self.files_changed([path])

    def close_document(self, path: str) -> None:
        """From now on the file counts."""
        self.editing.close(path)
        self.files_changed([path])

    # The cache.

    async def _poll(self) -> None:
        """Look after the cache where file watchers may not see it."""
        while True:
            await asyncio.sleep(POLL_EVERY)
            if await self._rereading.has_changed():
                self._refreshing.ask()

    def cache_touched(self) -> None:
        """Read the cache again: something in it changed."""
        self._refreshing.ask()

    async def _settle(self) -> None:
        """Read the cache again and tell of it; when no run is under way, it alone counts."""
        await self._refreshing.now()
        if not self.runs.living() and self._rereading.is_writable:
            self._history.forget_live()
        if self._history.take_has_imported():
            await self._records.relocate(self._files.indexer)
        await self._publish()

    async def _refresh_cache(self) -> None:
        problems = self.problems
        has_changed, journals = await self._rereading.read_again()
        if self.problems != problems:
            self._listener.root_changed(self.root)
        self.runs.notice(journals)
        await self._files.read_unusual()
        if has_changed:
            self._listener.cache_changed(self.root)
        self._publishing.ask()

    async def _settle_and_say(self) -> None:
        """Take in that something in the cache is gone."""
        await self._settle()
        self._listener.cache_changed(self.root)

    async def _take_in(self) -> None:
        """Take in what is in the cache again that was not before."""
        await self._read_past()
        await self._settle()
        await self._records.relocate(self._files.indexer)
        self._listener.cache_changed(self.root)
        await self._publish()

    async def _take_in_import(self) -> None:
        """Take in a journal that was imported: it is found like one of a terminal."""
        await self._ready.wait()
        await self._settle()
        await self.runs.terminals.imported()
        self._listener.cache_changed(self.root)

    # Runs.

    def expect_run(self, path: str) -> None:
        """Get ready for a run: somebody works on the file at the absolute *path*."""
        if path.endswith(".py"):
            self.runs.expect_run()

    def set_runner(self, runner: Runner) -> None:
        """Use another interpreter or other arguments from the next run on."""
        self.runs.runner = runner

    def call_slow_after(self, seconds: float) -> None:
        """Take from when on tests count as slow."""
        change = self._tree.call_slow_after(seconds)
        if change is not None:
            self._tell_more(change)

    async def _is_single(self, selection: Selection) -> bool:
        """Tell whether a run of *selection* would be of one test, as far as that is known yet."""
        if not self._ready.is_set():
            return False
        ids = self.runs.selected(selection)
        return len((await self._foresight.of(selection, ids, ())).tests) == 1

    async def _choose(self, selection: Selection) -> Selection | None:
        """Return what runs when files were saved, by what they hold now; None: nothing."""
        await self._ready.wait()
        self.files_changed(os.path.join(self.root, path) for path in selection.files)
        await self._updating.now()
        await self._settle()
        return chosen_of(selection, self.config, self._history, self._tree)

    async def past_runs(self, limit: int) -> tuple[list[PastRun], int]:
        """Return the newest *limit* runs that are remembered, and how many there are."""
        runs, total = await asyncio.to_thread(self._past_runs.newest, limit)
        counts = {live.run_id: live.report(None).counts for live in self.runs.living()}
        return [with_counts(run, counts.get(run.id, {})) for run in runs], total

    async def past_run(self, run_id: str) -> tuple[PastRun, RunTold]:
        """Return a remembered run with its results; raise ``HumanError`` where it is gone."""
        return await asyncio.to_thread(self._past_runs.told, run_id)

    def definition(self, node_id: str) -> Place | None:
        """Return where a test is defined now, as far as parsing sees it."""
        span = self._tree.span(node_id)
        return None if span is None else Place(path=path_of(node_id), line=span.line)

    # Telling.

    def failures(self) -> tuple[Record, ...]:
        """Return all failures with their places now, in the order of the Test Explorer."""
        return failures(self._tree, self._records, self._history)

    async def resync(self) -> None:
        """Read everything again, and tell it anew."""
        await self._ready.wait()
        await self._refreshing.now()
        await self._files.read_again()
        await self._records.relocate(self._files.indexer)
        self._records.forget_told()
        self._counts = None
        await self._publish()
        self.editing.tell_all()

    def _tell_tree(self, change: TreeChange) -> None:
        for part in batches(change):
            self._listener.tree_changed(self.root, part)

    def ask(self, node_ids: Iterable[str]) -> None:
        """Tell what is below files and functions, now and whenever it changes."""
        change = self._tree.ask(node_ids)
        if change is not None:
            self._tell_more(change)

    def _tell_more(self, change: TreeChange) -> None:
        """Tell a change that may come while the files are still being read."""
        self._tell_tree(replace(change, complete=self._files.is_complete))

    def _ask_to_publish(self) -> None:
        self._publishing.ask()

    async def _publish(self) -> None:
        """Tell the client what has changed since the last time."""
        # Places are those of the files that the runs have read.
        await self.editing.meet_disk()
        # What runs tell comes first: the rest is told as what stands in no run.
        for live in self.runs.living():
            self._run_telling.went_on(live)
        change = self._tree.change(self._history.take_touched(self._tree.paths()))
        if change is not None:
            self._tell_more(change)
        if not self._ready.is_set():
            return
        records = self._records.change()
        if records is not None:
            self._listener.records_changed(self.root, records)
        counts = self._counts_now()
        if counts != self._counts:
            self._counts = counts
            self._listener.counts_changed(self.root, counts)
        self.editing.tell_news()

    def _counts_now(self) -> Counts:
        running = [live.progress() for live in self.runs.living()]
        return counts_of(self._tree.totals(), self._history.memory(), running, self.runs.waiting)
