"""One root: the only place where its state changes.

Everything here runs on the event loop; files are read and parsed in threads, which
return values.  Whatever changes is published in one place, ``_publish``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Mapping, Sequence

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.walk import FoundFile, relative_path
from pytest_recall_server.model.changes import (
    Counts,
    Progress,
    RunReport,
    Selection,
    TreeChange,
)
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.model.text import Edit
from pytest_recall_server.project import inspect, storage
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.listener import Listener
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.project.records import Records
from pytest_recall_server.project.running import RunListener, Runs
from pytest_recall_server.project.tree import ParsedFile, Tree
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import Coalesced, spawn_task

logger = logging.getLogger(__name__)

POLL_EVERY = 1.0
_PUBLISH_AFTER = 0.05
_PARSE_AFTER = 0.1
_FILES_AFTER = 0.05
_FILES_AT_ONCE = 50
_FILES_A_MESSAGE = 200
# From so many changed files on, looking at all is quicker than at each.
_MANY_FILES = 500


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
        self._indexer = Indexer(config)
        self._documents: dict[str, Document] = {}
        self._records = Records(self.root, self._tree, self._history, self._documents)
        self._counts: Counts | None = None
        self._passed: dict[str, int] = {}
        self._changed_files: set[str] = set()
        self._signature: storage.Signature = ()
        self._ready = asyncio.Event()
        self._publishing = Coalesced("publish", self._publish, _PUBLISH_AFTER)
        self._refreshing = Coalesced("refresh the cache", self._refresh_cache)
        self._indexing = Coalesced("index", self._index)
        self._updating = Coalesced("update files", self._update_files, _FILES_AFTER)
        self._parsing: dict[str, Coalesced] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.runs = Runs(
            cache_dir=config.cache_dir,
            folder=config.folder,
            environment=environment,
            history=self._history,
            watchdog=watchdog,
            listener=RunListener(
                self._run_started, self._run_went_on, self._run_ended, self._refresh_now
            ),
        )

    # Beginning and end.

    async def start(self) -> None:
        """Read the cache, find the tests, and tell of both."""
        self._history.set_keys(await asyncio.to_thread(storage.read_keys, self.config.cache_dir))
        self._listener.root_changed(self.root)
        past = spawn_task(self._read_past(), "read earlier runs")
        await self._index()
        await past
        await self._records.relocate(self._indexer)
        self._ready.set()
        await self._publish()
        self._tasks.append(spawn_task(self._poll(), "watch the cache"))

    async def _read_past(self) -> None:
        cache_dir = self.config.cache_dir
        self._signature = await asyncio.to_thread(storage.signature, cache_dir)
        paths = await asyncio.to_thread(storage.journals, cache_dir)
        past = await asyncio.to_thread(storage.read_past, paths)
        self._history.add_old_results(past.results.values())
        for path, collected in past.collected.items():
            self._history.add_collected(path, collected)
        self.runs.pass_over([path for path in paths if path not in past.living])
        self.runs.notice(list(past.living))

    async def stop(self) -> None:
        """End all work and all own runs."""
        for task in self._tasks:
            task.cancel()
        works = (self._publishing, self._refreshing, self._indexing, self._updating)
        for work in (*works, *self._parsing.values()):
            work.stop()
        await self.runs.stop()

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about this root as a whole."""
        return (*self.config.problems, *self._history.keys.problems)

    def tests(self) -> int:
        """Return how many tests are known."""
        return self._tree.totals()[0]

    def owns(self, path: str) -> bool:
        """Tell whether the file at the absolute *path* lies in this root."""
        return path.startswith(self.root.rstrip(os.sep) + os.sep)

    # The index.

    async def _index(self) -> None:
        """Find and parse all files, those with failures first, and tell of them in batches."""
        first = not self._tree.files
        found = {file.path: file for file in await self._indexer.find()}
        extra = sorted(self._history.paths() - found.keys())
        found.update((file.path, file) for file in await self._indexer.existing(extra))
        failing = set(map(path_of, self._history.memory().failed))
        order = sorted(
            found.values(), key=lambda file: (file.path not in failing, -file.modified, file.path)
        )
        pending: list[str] = []
        for at in range(0, len(order), _FILES_AT_ONCE):
            parsed = await self._indexer.parse(order[at : at + _FILES_AT_ONCE])
            pending += [self._put(file) for file in parsed]
            if at == 0 or len(pending) >= _FILES_A_MESSAGE:
                self._tell_batch(pending, reset=first, complete=False)
                first, pending = False, []
        gone = self._tree.files.keys() - found.keys()
        for path in gone:
            self._tree.drop(path)
        self._tell_batch([*pending, *gone], reset=first, complete=True)
        self._publishing.ask()

    def _put(self, file: ParsedFile) -> str:
        document = self._documents.get(file.path)
        known = self._tree.files.get(file.path)
        if document is not None and known is not None and known.definitions is not None:
            # The editor's text counts: the file's lines may be others.
            file = ParsedFile(
                path=file.path,
                modified=file.modified,
                definitions=known.definitions,
                error=file.error,
            )
        self._tree.put(file)
        return file.path

    def _tell_batch(self, paths: Iterable[str], *, reset: bool, complete: bool) -> None:
        paths = list(paths)
        self._passed.update((path, -1) for path in paths)
        change = self._tree.change(paths, self._history)
        if change is None:
            change = TreeChange(reset=reset, complete=complete)
        else:
            change = TreeChange(
                reset=reset,
                complete=complete,
                files=change.files,
                removed=change.removed,
                folders=change.folders,
            )
        self._listener.tree_changed(self.root, change)

    def files_changed(self, paths: Iterable[str]) -> None:
        """Look again at files or folders (absolute paths) that changed on disk."""
        inside = (relative_path(self.root, path) for path in paths if self.owns(path))
        self._changed_files.update(inside)
        if self._changed_files:
            self._updating.ask()

    def reindex(self) -> None:
        """Look at everything again."""
        self._indexing.ask()

    async def _update_files(self) -> None:
        paths, self._changed_files = self._changed_files, set()
        if len(paths) > _MANY_FILES or any(path.endswith("conftest.py") for path in paths):
            await self._indexing.now()
        else:
            await self._update_few(paths)
        if self._records.places() & paths:
            await self._records.relocate(self._indexer)
        self._publishing.ask()

    async def _update_few(self, paths: set[str]) -> None:
        below = tuple(path + "/" for path in paths)
        paths = paths | {path for path in self._tree.files if path.startswith(below)}
        python = sorted(path for path in paths if path.endswith(".py"))
        wanted = {*await self._indexer.are_tests(python), *(self._history.paths() & set(python))}
        existing = await self._indexer.existing(sorted(wanted))
        parsed = await self._indexer.parse(existing)
        for file in parsed:
            self._history.touched.add(self._put(file))
        for path in set(python) - {file.path for file in parsed}:
            self._tree.drop(path)
            self._history.touched.add(path)

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

    async def _refresh_now(self) -> None:
        await self._refreshing.now()
        await self._publish()

    async def _refresh_cache(self) -> None:
        cache_dir = self.config.cache_dir
        before, self._signature = (
            self._signature,
            await asyncio.to_thread(storage.signature, cache_dir),
        )
        problems = self._history.keys.problems
        keys = await asyncio.to_thread(storage.read_keys, cache_dir)
        self._history.set_keys(keys)
        if keys.problems != problems:
            for problem in keys.problems:
                logger.warning("%s: %s", cache_dir, problem)
            self._listener.root_changed(self.root)
        self.runs.notice(await asyncio.to_thread(storage.journals, cache_dir))
        await self._index_new_paths()
        if before != self._signature:
            self._listener.cache_changed(self.root)
        self._publishing.ask()

    async def _index_new_paths(self) -> None:
        """Parse files that the walk does not find but a run has collected."""
        missing = sorted(self._history.paths() - self._tree.files.keys())
        files: Sequence[FoundFile] = await self._indexer.existing(missing) if missing else ()
        for file in await self._indexer.parse(files) if files else ():
            self._history.touched.add(self._put(file))

    async def clear_cache(self) -> inspect.Cleared:
        """Remove all values and directories of the cache."""
        cleared = await asyncio.to_thread(inspect.clear, self.config.cache_dir)
        self._history.clear()
        await self._refresh_now()
        self._listener.cache_changed(self.root)
        return cleared

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

    # Open documents.

    def documents(self) -> list[tuple[str, str, int, str]]:
        """Return all open documents: URI, absolute path, version and text."""
        return [
            (document.uri, os.path.join(self.root, path), document.version, document.text)
            for path, document in self._documents.items()
        ]

    def open_document(self, uri: str, path: str, version: int, text: str) -> None:
        """Follow the lines of a document from now on."""
        document = Document(uri, relative_path(self.root, path), version, text)
        self._documents[document.path] = document
        self._parse_soon(document)
        self._tell_marks(document, always=True)

    def change_document(
        self, path: str, version: int, edits: Iterable[Edit | str]
    ) -> None:
        """Take edits, or whole texts, in order."""
        document = self._documents.get(relative_path(self.root, path))
        if document is None:
            return
        for edit in edits:
            if isinstance(edit, str):
                document.replace(version, edit)
            else:
                document.edit(version, edit)
        self._tell_marks(document, always=True)
        self._parse_soon(document)

    def save_document(self, path: str) -> None:
        """Take note that the file now has the document's text."""
        document = self._documents.get(relative_path(self.root, path))
        if document is not None:
            document.saved()
        self.files_changed([path])

    def close_document(self, path: str) -> None:
        """From now on the file counts."""
        relative = relative_path(self.root, path)
        if self._documents.pop(relative, None) is not None:
            self._parsing.pop(relative).stop()
            self.files_changed([path])

    def _parse_soon(self, document: Document) -> None:
        work = self._parsing.get(document.path)
        if work is None:
            work = Coalesced("parse", lambda: self._parse_document(document.path), _PARSE_AFTER)
            self._parsing[document.path] = work
        work.ask()

    async def _parse_document(self, path: str) -> None:
        document, file = self._documents.get(path), self._tree.files.get(path)
        if document is None or file is None:
            return
        snapshot = document.snapshot()
        found = await self._indexer.parse_text(path, document.text)
        file = self._tree.files.get(path)
        if file is None or self._documents.get(path) is not document:
            return
        if found is None:
            found, snapshot = document.present(file.definitions or ()), document.snapshot()
        document.parsed(snapshot)
        self._tree.files[path] = ParsedFile(
            path=path, modified=file.modified, definitions=found, error=file.error
        )
        self._history.touched.add(path)
        self._publishing.ask()

    def _tell_marks(self, document: Document, *, always: bool = False) -> None:
        marks = self._records.marks(document)
        if self._records.are_news(document, marks) or always:
            self._listener.marks_changed(document.uri, document.version, marks)

    # Telling.

    async def resync(self) -> None:
        """Tell everything anew."""
        await self._ready.wait()
        self._tree.forget_told()
        paths = sorted(self._tree.files)
        batches = [
            paths[at : at + _FILES_A_MESSAGE] for at in range(0, len(paths), _FILES_A_MESSAGE)
        ] or [[]]
        for number, batch in enumerate(batches, 1):
            self._tell_batch(batch, reset=number == 1, complete=number == len(batches))
        self._records.forget_told()
        self._counts = None
        await self._publish()
        for document in self._documents.values():
            self._tell_marks(document, always=True)

    async def _publish(self) -> None:
        """Tell the client what has changed since the last time."""
        # What runs tell comes first: the rest is told as what stands in no run.
        for live in self.runs.living():
            self._run_went_on(live)
        touched, self._history.touched = self._history.touched, set()
        change = self._tree.change(touched, self._history)
        if change is not None:
            self._listener.tree_changed(self.root, change)
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
        for document in self._documents.values():
            self._tell_marks(document)

    def _count(self) -> Counts:
        for path, known in self._passed.items():
            if known < 0:
                self._passed[path] = self._passed_in(path)
        total, new = self._tree.totals()
        running = [live.progress() for live in self.runs.living()]
        return Counts(
            failed=len(self._history.memory().failed),
            new=new,
            passed=sum(self._passed.values()),
            total=total,
            running=_together(running),
        )

    def _passed_in(self, path: str) -> int:
        results, failed = self._history.results, self._history.memory().failed
        return sum(
            node_id in results and results[node_id].outcome == "passed" and node_id not in failed
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
