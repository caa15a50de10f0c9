"""What is remembered of the tests of one root: the cache's keys, results, runs under way."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_recall_server.model.facts import Memory, around, with_functions
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.streaks import Streaks
from pytest_recall_server.project.leftover import Leftover


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """What the cache's own keys hold."""

    failed: tuple[str, ...] = ()
    """``cache/lastfailed``, in its order."""
    unfinished: tuple[str, ...] = ()
    """``recall/unfinished``, in its order."""
    node_ids: frozenset[str] | None = None
    """``cache/nodeids``; None where there is no such key."""
    problems: tuple[str, ...] = ()
    stamp: tuple[int, int, int] | None = field(default=None, compare=False)
    """Time, size and number of the file that holds the node ids, where they are whole."""


NOTHING = Keys()


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """The tests that a run found in a file."""

    when: float
    ids: tuple[str, ...]
    whole: bool
    """These are all of the file's tests, and not only those that were asked for."""


class History:
    """The remembered part of a project; says which paths its changes touch."""

    def __init__(self) -> None:
        self._keys = Keys()
        self._in_keys: frozenset[str] = frozenset()
        self._seen: frozenset[str] | None = None
        self._live: dict[str, bool] = {}
        """Ids that failed (or no longer do) in runs that are not merged into the keys yet."""
        self._leftover = Leftover()
        self._reported: set[str] = set()
        """Ids that runs have told of whose results are not merged into the keys yet."""
        self._memory: Memory | None = None
        self._known: dict[str, dict[str, None]] = {}
        self._collected: dict[str, Collected] = {}
        self._broken: dict[str, Result] = {}
        """Why files could not be collected by runs that only collected, by path."""
        self.results: dict[str, Result] = {}
        """The last result of every test, by id."""
        self._has_imported = False
        self._imported: dict[str, Result] = {}
        """Why tests failed elsewhere that were remembered as failed for it, and not run since."""
        self.streaks = Streaks()
        self.touched: set[str] = set()
        """Paths for which something changed; ``take_touched`` clears it."""
        self._all_touched = False

    @property
    def keys(self) -> Keys:
        """The keys as last read."""
        return self._keys

    def set_keys(self, keys: Keys) -> bool:
        """Take what the cache holds now; return whether that is anything new."""
        old, self._keys = self._keys, keys
        if keys == old:
            return False
        before_failed, self._in_keys = self._in_keys, frozenset(keys.failed)
        before, unfinished = self._leftover.set_key(keys.unfinished), frozenset(keys.unfinished)
        self._forget_reasons((before | before_failed) - self._in_keys - unfinished)
        changed = {*(before_failed ^ self._in_keys), *(before ^ unfinished)}
        if keys.node_ids != old.node_ids:
            known, after = old.node_ids or frozenset(), keys.node_ids or frozenset()
            self._seen = None if keys.node_ids is None else with_functions(keys.node_ids)
            if (old.node_ids is None) != (keys.node_ids is None):
                # With the key itself, "new" begins or ends to mean something.
                self._all_touched = True
            gone, fresh = known - after, after - known
            changed |= gone
            if keys.node_ids is not None:
                self._unlearn(gone)
            if old.node_ids is None:
                self._learn_first(sorted(fresh))
            else:
                self._learn(sorted(fresh))
                changed |= fresh
        self._learn(keys.failed)
        self._learn(keys.unfinished)
        self._leftover.count(set(self.failed()))
        self._touch(changed)
        return True

    def add_old_results(self, results: Iterable[Result]) -> None:
        """Take results of older runs than any before."""
        for result in results:
            if result.id not in self.results:
                self.results[result.id] = result
                self.touched.add(path_of(result.id))
        self._memory = None

    def add_old_killed(self, results: Iterable[Result]) -> None:
        """Take which tests were running when older runs were killed, after the old results."""
        for result in results:
            if result.id not in self._reported and self._leftover.kill(result.id):
                self.results[result.id] = result
                self.touched.add(path_of(result.id))
        self._memory = None

    def add_old_imported(self, failures: Mapping[str, Result]) -> None:
        """Take why tests failed elsewhere, of which no run here has told since."""
        for node_id, result in failures.items():
            self._imported.setdefault(node_id, result)
        self._touch(failures)

    def add_imported(self, failures: Mapping[str, Result]) -> None:
        """Take why tests failed elsewhere that are remembered as failed from now on."""
        self._imported.update(failures)
        self._has_imported = bool(failures) or self._has_imported
        self._touch(failures)

    def take_has_imported(self) -> bool:
        """Tell whether something was imported since the last call: its places are of elsewhere."""
        has_imported, self._has_imported = self._has_imported, False
        return has_imported

    def add_result(self, result: Result) -> None:
        """Take the result of a test in a run under way."""
        self._imported.pop(result.id, None)
        self.results[result.id] = result
        self._reported.add(result.id)
        if result.failing != (result.id in self._in_keys) or result.id in self._live:
            self._live[result.id] = result.failing
        self._leftover.finish(result.id)
        self._learn((result.id,))
        self._touch((result.id,))

    def add_broken(self, error: Result) -> None:
        """Take that a run that only collects could not collect a file, or a class in it."""
        path = path_of(error.id)
        self._broken[path] = error
        self.touched.add(path)

    def broken(self, path: str, since: float) -> Result | None:
        """Return why the file at *path* could not be collected later than *since*."""
        error = self._broken.get(path)
        return error if error is not None and (error.when or 0.0) >= since else None

    def add_unfinished(self, ids: Iterable[str], since: float) -> None:
        """Take what a run that is over has selected at *since* and not finished, in order.

        What other runs have said of a test since then is newer.
        """
        failed = set(self.failed())
        for node_id in ids:
            result = self.results.get(node_id)
            is_newest = result is None or result.when is None or result.when <= since
            if is_newest and node_id not in failed:
                self._leftover.leave(node_id)
                self._touch((node_id,))

    def add_killed(self, result: Result) -> bool:
        """Take that a test was running when its run was killed; return whether that counts.

        It does not where the test has failed before, or another run has said more since.
        """
        counts = self._leftover.kill(result.id)
        if counts:
            self.results[result.id] = result
            self._reported.add(result.id)
            self._touch((result.id,))
        return counts

    def add_old_collected(self, path: str, collected: Collected) -> None:
        """Take the tests that a run of long ago found in a file: the keys know what came of it."""
        if self._is_older(path, collected):
            return
        self._collected[path] = collected
        self._learn(collected.ids)
        self.touched.add(path)

    def add_collected(self, path: str, collected: Collected) -> None:
        """Take the tests that a run under way found in a file."""
        if self._is_older(path, collected):
            return
        self._collected[path] = collected
        self._broken.pop(path, None)
        if path in self._in_keys:
            self._live[path] = False
            self._memory = None
        if collected.whole:
            # Whatever else was known is gone, and must not come back with the next edit.
            stands = self.memory().is_outstanding
            kept = [each for each in self._known.get(path, ()) if stands(each)]
            self._known[path] = dict.fromkeys(kept)
        self._learn(collected.ids)
        self.touched.add(path)

    def _is_older(self, path: str, collected: Collected) -> bool:
        known = self._collected.get(path)
        return known is not None and known.when > collected.when

    def forget_live(self) -> None:
        """No run is under way: the keys alone tell what failed."""
        self._reported.clear()
        said = {*self._live, *self._leftover.forget_live()}
        if said:
            self._touch(said)
            self._live.clear()
            self._leftover.count(set(self.failed()))

    def take_touched(self, files: Iterable[str]) -> set[str]:
        """Return the paths for which something changed since the last call; *files* are all."""
        touched, self.touched = self.touched, set()
        if self._all_touched:
            self._all_touched = False
            touched.update(files)
        return touched

    def clear(self) -> None:
        """Forget everything that the cache held."""
        self.touched.update(self._known, map(path_of, self.results))
        self.results.clear()
        self._imported.clear()
        self.streaks.clear()
        self._known.clear()
        self._collected.clear()
        self._broken.clear()
        self._live.clear()
        self._leftover.forget_live()
        self._leftover.count(set(self.failed()))
        self._reported.clear()
        self._memory = None

    def failed(self) -> tuple[str, ...]:
        """Return the ids that failed and have not passed since."""
        kept = [node_id for node_id in self._keys.failed if self._live.get(node_id, True)]
        have = set(kept)
        added = (node_id for node_id, failed in self._live.items() if failed)
        return (*kept, *(node_id for node_id in added if node_id not in have))

    def unfinished(self) -> tuple[str, ...]:
        """Return the ids that a run has left unfinished and that have not failed."""
        return tuple(self._leftover.ids)

    def outstanding(self) -> tuple[str, ...]:
        """Return the ids that failed or are unfinished, the failures first."""
        return (*self.failed(), *self.unfinished())

    def memory(self) -> Memory:
        """Return what decides whether tests are failed, unfinished or new."""
        if self._memory is None:
            failed = dict.fromkeys(self.failed())
            self._memory = Memory(
                failed=failed.keys(),
                failed_around=around(failed),
                unfinished=self._leftover.ids,
                unfinished_around=self._leftover.around,
                seen=self._seen,
            )
        return self._memory

    def known(self, path: str, since: float) -> tuple[str, ...]:
        """Return the ids that are known in a file that last changed at *since*."""
        known = self._known.get(path, {})
        collected = self._collected.get(path)
        if collected is None or not collected.whole or collected.when < since:
            return tuple(known)
        # Whatever else was known of the file is gone; what is outstanding is shown until pytest
        # forgets it.
        stands = self.memory().is_outstanding
        return tuple(dict.fromkeys((*collected.ids, *filter(stands, known))))

    def collected(self, path: str, since: float) -> frozenset[str]:
        """Return the ids that were collected in a file later than *since*."""
        collected = self._collected.get(path)
        if collected is None or collected.when < since:
            return frozenset()
        return frozenset(collected.ids)

    def is_whole(self, path: str, since: float) -> bool:
        """Tell whether a run later than *since* has collected all tests of a file."""
        collected = self._collected.get(path)
        return collected is not None and collected.whole and collected.when >= since

    def failure(self, node_id: str) -> Result:
        """Return why a failed test failed, as far as that is known."""
        result = self.results.get(node_id)
        if result is not None and result.failing:
            return result
        return self._imported.get(node_id) or Result(id=node_id, outcome="failed")

    def killed(self) -> dict[str, Result]:
        """Return the unfinished tests that were running when their run was killed."""
        results = (self.results.get(node_id) for node_id in self._leftover.killed)
        return {
            result.id: result
            for result in results
            if result is not None and result.outcome == "unfinished"
        }

    def paths(self) -> set[str]:
        """Return the files that have outstanding tests, or that a run has collected."""
        return {*self.outstanding_paths(), *self._collected}

    def outstanding_paths(self) -> set[str]:
        """Return the files that have outstanding tests."""
        return set(map(path_of, self.outstanding()))

    def _forget_reasons(self, ids: Iterable[str]) -> None:
        """Forget why tests failed, or did not finish, of which that is no longer true.

        If it is again, it is for another reason.  What a run under way has said is newer than
        the keys.
        """
        for node_id in ids:
            self._imported.pop(node_id, None)
            result = self.results.get(node_id)
            explains = result is not None and (result.failing or result.outcome == "unfinished")
            if explains and node_id not in self._reported:
                del self.results[node_id]

    def _unlearn(self, ids: Iterable[str]) -> None:
        outstanding = set(self.outstanding())
        for node_id in ids:
            path = path_of(node_id)
            collected = self._collected.get(path)
            if node_id in outstanding or (collected is not None and node_id in collected.ids):
                continue
            self._known.get(path, {}).pop(node_id, None)

    def _learn(self, ids: Iterable[str]) -> None:
        for node_id in ids:
            self._known.setdefault(path_of(node_id), {})[node_id] = None

    def _learn_first(self, ids: Iterable[str]) -> None:
        """Learn sorted ids by the hundred thousand, before those known, and touch their files."""
        for path, inside in itertools.groupby(ids, path_of):
            known = self._known.get(path, {})
            self._known[path] = dict.fromkeys(inside) | known
            self.touched.add(path)

    def _touch(self, ids: Iterable[str]) -> None:
        self.touched.update(map(path_of, ids))
        self._memory = None
