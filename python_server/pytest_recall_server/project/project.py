"""One root: the only place where its state changes.

Everything here runs on the event loop; files are read and parsed in threads, which
return values.  Whatever changes is published in one place, ``_publish``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Mapping

from pytest_recall import doctor
from pytest_recall_server.index.config import Config
from pytest_recall_server.index.walk import relative_path
from pytest_recall_server.model.changes import (
    Counts,
    Progress,
    RunReport,
    Selection,
    TreeChange,
)
from pytest_recall_server.model.preview import Preview
from pytest_recall_server.project import checkup, inspect, storage
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.editing import Editing
from pytest_recall_server.project.files import Files
from pytest_recall_server.project.following import RunListener
from pytest_recall_server.project.history import History
from pytest_recall_server.project.listener import Listener
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.project.preview import Foresight
from pytest_recall_server.project.records import Records
from pytest_recall_server.project.running import Runs
from pytest_recall_server.project.sight import starts_of
from pytest_recall_server.project.tree import Tree
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import Coalesced, spawn_task

logger = logging.getLogger(__name__)

POLL_EVERY = 1.0
_PUBLISH_AFTER = 0.05
_FILES_REST = 0.05


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
        self._tree = Tree()
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
        self._foresight = Foresight(
            config, self._history, self._files.indexer, self._tree.files, environment
        )
        self._counts: Counts | None = None
        self._passed: dict[str, int] = {}
        self._changed_files: set[str] = set()
        self._signature: storage.Signature = ()
        self._unwritable: str | None = None
        self._ready = asyncio.Event()
        self._publishing = Coalesced("publish", self._publish, _PUBLISH_AFTER)
        self._refreshing = Coalesced("refresh the cache", self._refresh_cache)
        self._updating = Coalesced("update files", self._update_files, _FILES_REST, 1.0)
        self._tasks: list[asyncio.Task[None]] = []
        self.runs = Runs(
            cache_dir=config.cache_dir,
            folder=config.folder,
            starts=starts_of(config),
            environment=environment,
            history=self._history,
            watchdog=watchdog,
            listener=RunListener(
                started=self._run_started,
                went_on=self._run_went_on,
                ended=self._run_ended,
                settle=self._settle,
            ),
        )

    # Beginning and end.

    async def start(self) -> None:
        """Read the cache, find the tests, and tell of both."""
        cache_dir = self.config.cache_dir
        await asyncio.to_thread(storage.recover, cache_dir)
        self._history.set_keys(await asyncio.to_thread(storage.read_keys, cache_dir))
        self._unwritable = await asyncio.to_thread(storage.why_unwritable, cache_dir)
        self._listener.root_changed(self.root)
        past = spawn_task(self._read_past(), "read earlier runs")
        try:
            await self._files.read_all()
            await past
            await self._files.read_unusual()
            await self._records.relocate(self._files.indexer)
        finally:
            # Whatever went wrong: what is known is told, and later changes are too.
            await asyncio.wait([past])
            self._ready.set()
            self.editing.parse_all_soon()
            self._tasks.append(spawn_task(self._poll(), "watch the cache"))
            await self._publish()

    async def _read_past(self) -> None:
        cache_dir = self.config.cache_dir
        self._signature = await asyncio.to_thread(storage.signature, cache_dir)
        paths = await asyncio.to_thread(storage.journals, cache_dir)
        past = await asyncio.to_thread(storage.read_past, paths)
        self._history.add_old_results(past.results.values())
        self._history.add_old_killed(past.killed.values())
        for path, collected in past.collected.items():
            self._history.add_old_collected(path, collected)
        self.runs.terminals.pass_over(set(paths).difference(past.living))
        self.runs.notice(past.living)

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
        own = () if self._unwritable is None else (self._unwritable,)
        return (*self.config.problems, *self._history.keys.problems, *own)

    def tests(self) -> int:
        """Return how many tests are known."""
        return self._tree.totals()[0]

    def owns(self, path: str) -> bool:
        """Tell whether the file at the absolute *path* lies in this root."""
        return path.startswith(self.root.rstrip(os.sep) + os.sep)

    # Files.

    def files_changed(self, paths: Iterable[str]) -> None:
        """Look again at files or folders (absolute paths) that changed on disk."""
        inside = (relative_path(self.root, path) for path in paths if self.owns(path))
        self._changed_files.update(inside)
        if self._changed_files:
            self._updating.ask()

    async def _update_files(self) -> None:
        paths, self._changed_files = self._changed_files, set()
        await self._files.read_some(paths)
        await self.editing.meet_disk()
        if self._records.places() & paths:
            await self._records.relocate(self._files.indexer)
        self._publishing.ask()

    def save_document(self, path: str) -> None:
        """Take note that the file now has the document's text."""
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
            now = await asyncio.to_thread(storage.signature, self.config.cache_dir)
            if now != self._signature:
                self._refreshing.ask()

    def cache_touched(self) -> None:
        """Read the cache again: something in it changed."""
        self._refreshing.ask()

    async def _settle(self) -> None:
        """Read the cache again and tell of it; when no run is under way, it alone counts."""
        await self._refreshing.now()
        if not self.runs.living() and self._unwritable is None:
            self._history.forget_live()
        await self._publish()

    async def _refresh_cache(self) -> None:
        cache_dir = self.config.cache_dir
        before, self._signature = (
            self._signature,
            await asyncio.to_thread(storage.signature, cache_dir),
        )
        problems = self.problems
        self._history.set_keys(await asyncio.to_thread(storage.read_keys, cache_dir))
        self._unwritable = await asyncio.to_thread(storage.why_unwritable, cache_dir)
        for problem in set(self.problems).difference(problems):
            logger.warning("%s: %s", cache_dir, problem)
        if self.problems != problems:
            self._listener.root_changed(self.root)
        self.runs.notice(await asyncio.to_thread(storage.journals, cache_dir))
        await self._files.read_unusual()
        if before != self._signature:
            self._listener.cache_changed(self.root)
        self._publishing.ask()

    async def clear_cache(self) -> inspect.Cleared:
        """Remove all values and directories of the cache."""
        cleared = await asyncio.to_thread(inspect.clear, self.config.cache_dir)
        self._history.clear()
        await self._settle()
        self._listener.cache_changed(self.root)
        return cleared

    async def examine_cache(self) -> doctor.Report:
        """Return how the cache is."""
        return await asyncio.to_thread(checkup.examine, self.config)

    async def repair_cache(self) -> doctor.Report:
        """Repair the cache, take in what that has brought back, and return how it is then."""
        report = await asyncio.to_thread(checkup.repair, self.config)
        await self._read_past()
        await self._settle()
        await self._records.relocate(self._files.indexer)
        self._listener.cache_changed(self.root)
        await self._publish()
        return report

    # Runs.

    async def run(self, token: str, selection: Selection) -> RunReport:
        """Run pytest; see ``Runs.run``."""
        return await self.runs.run(token, selection)

    def set_runner(self, runner: Runner) -> None:
        """Use another interpreter or other arguments from the next run on."""
        self.runs.runner = runner

    def _run_started(self, live: LiveRun) -> None:
        self._listener.run_started(self.root, live.name, live.command)
        self._publishing.ask()

    def _run_went_on(self, live: LiveRun) -> None:
        events = live.take()
        if events:
            self._records.told_by_run(events)
            self._listener.run_went_on(self.root, live.name, live.selected, events)
            self._publishing.ask()

    def _run_ended(self, live: LiveRun, report: RunReport) -> None:
        self._listener.run_ended(self.root, live.name, report)
        self._publishing.ask()

    async def preview(self, selection: Selection) -> Preview:
        """Return what a run of *selection* would do; nothing is started."""
        await self._ready.wait()
        # A terminal may have changed what is remembered a moment ago.
        await self._refreshing.now()
        runs = self.runs
        return await self._foresight.of(selection, runs.selected(selection), runs.runner.args)

    # Telling.

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
        self._passed.update((view.path, -1) for view, _ in change.files)
        self._passed.update((path, -1) for path in change.removed)
        self._listener.tree_changed(self.root, change)

    def _ask_to_publish(self) -> None:
        self._publishing.ask()

    async def _publish(self) -> None:
        """Tell the client what has changed since the last time."""
        # Places are those of the files that the runs have read.
        await self.editing.meet_disk()
        # What runs tell comes first: the rest is told as what stands in no run.
        for live in self.runs.living():
            self._run_went_on(live)
        touched = self._history.take_touched(self._tree.files)
        change = self._tree.change(touched, self._history)
        if change is not None:
            self._tell_tree(change)
        self._passed.update((path, -1) for path in touched)
        if not self._ready.is_set():
            return
        records = self._records.change()
        if records is not None:
            self._listener.records_changed(self.root, records)
        counts = self._count()
        if counts != self._counts:
            self._counts = counts
            self._listener.counts_changed(self.root, counts)
        self.editing.tell_news()

    def _count(self) -> Counts:
        for path, known in self._passed.items():
            if known < 0:
                self._passed[path] = self._passed_in(path)
        total, new = self._tree.totals()
        running = [live.progress() for live in self.runs.living()]
        memory = self._history.memory()
        return Counts(
            failed=len(memory.failed),
            unfinished=len(memory.unfinished),
            new=new,
            passed=sum(self._passed.values()),
            total=total,
            running=_together(running),
        )

    def _passed_in(self, path: str) -> int:
        results, stands = self._history.results, self._history.memory().is_outstanding
        return sum(
            node_id in results and results[node_id].outcome == "passed" and not stands(node_id)
            for node_id in self._tree.tests_in(path)
        )


def _together(running: list[Progress]) -> Progress | None:
    if not running:
        return None
    totals = [progress.total for progress in running]
    return Progress(
        done=sum(progress.done for progress in running),
        total=None if None in totals else sum(total or 0 for total in totals),
        failed=sum(progress.failed for progress in running),
    )
