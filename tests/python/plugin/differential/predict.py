"""The model's run: what is selected, what happens, and what is remembered after it."""

from __future__ import annotations

from tests.python.plugin.differential.behaviours import Behaviour, Report, reports_of
from tests.python.plugin.differential.model import (
    Collection,
    Expected,
    Progress,
    Selection,
    Situation,
    State,
    function_of,
    path_of,
)
from tests.python.plugin.differential.walk import Walk, is_whole

OK, TESTS_FAILED, INTERRUPTED, USAGE_ERROR, NOTHING_COLLECTED = 0, 1, 2, 4, 5


def predict(situation: Situation) -> Expected:
    """Return what the run must do."""
    return _Run(situation).expected()


class _Run:
    """One run from its start to its end."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.start = situation.start
        self.known = dict.fromkeys(self.start.lastfailed, True)
        self.last, self.count = self.start.stepwise or (None, None)
        self.ran: list[str] = []
        self.failing: set[str] = set()
        """Tests of this run that have failed."""
        self.skips = situation.has("--sw-skip")
        self.left_behind = ""
        self.stops = False

    def expected(self) -> Expected:
        done = (
            Collection() if self.situation.missing else Walk(self.situation, self.known).collect()
        )
        self.done = done
        if self.situation.missing or done.ended:
            chosen = Selection(done.items)
        else:
            chosen = self._select(done)
        status = self._run(done, chosen)
        return Expected(
            status=status,
            ran=tuple(self.ran),
            selected=tuple(chosen.run),
            deselected=tuple(chosen.deselected),
            collected=tuple(done.visited),
            errors=tuple(done.errors),
            lines=self._lines(chosen),
            after=self._after(chosen),
        )

    # Selecting.

    def _select(self, done: Collection) -> Selection:
        chosen = Selection(list(done.items))
        if self.situation.stepwise:
            self._step(chosen)
        if self.situation.has("-k"):
            keep = [each for each in chosen.run if "test_1" in each.rpartition("::")[2]]
            self._keep(chosen, keep)
        if self.situation.has("--lf") or self.situation.has("--ff"):
            self._choose_failed(chosen, done)
        if self.situation.has("--nf"):
            chosen.run.sort(key=lambda nodeid: self._newness(nodeid, chosen))
        return chosen

    @staticmethod
    def _keep(chosen: Selection, keep: list[str]) -> None:
        chosen.deselected += [each for each in chosen.run if each not in keep]
        chosen.run = keep

    def _by_id(self) -> bool:
        return self.situation.cured("D18") and self.situation.has("--lf")

    def _step(self, chosen: Selection) -> None:
        items, before = chosen.run, self.count
        self.count = len(items)
        if self.situation.has("--sw-reset"):
            self.last = None
            line = "resetting state, not skipping."
        elif not self.last:
            line = "no previously failed tests, not skipping."
        elif before not in {None, len(items)} and not self._by_id():
            self.last = None
            line = (
                f"test count changed, not skipping (now {len(items)} tests, previously {before})."
            )
        elif self.last not in items:
            line = "previously failed test not found, not skipping."
        else:
            place = items.index(self.last)
            self._keep(chosen, items[place:])
            line = f"skipping {place} already passed items"
        chosen.stepwise_lines.append(line)

    def _choose_failed(self, chosen: Selection, done: Collection) -> None:
        lf, none = self.situation.has("--lf"), self.situation.has("--lfnf=none")
        failed = [each for each in chosen.run if self._counts(each, done)]
        if not self.known:
            gives_up = none and (lf or not self.situation.cured("D16"))
            what = "deselecting all items." if gives_up else "not deselecting items."
            chosen.lastfailed_line = f"no previously failed tests, {what}"
            if gives_up:
                self._keep(chosen, [])
            return
        note = f" (skipped {done.skipped} file{'s'[: done.skipped != 1]})" if done.skipped else ""
        if failed:
            first = " first" if self.situation.has("--ff") else ""
            noun = "failure" if len(failed) == 1 else "failures"
            chosen.lastfailed_line = f"rerun previous {len(failed)} {noun}{first}{note}"
            chosen.failed = set(failed)
            if lf:
                self._keep(chosen, failed)
            else:
                chosen.run.sort(key=lambda nodeid: nodeid not in chosen.failed)
            return
        line = f"{len(self.known)} known failures not in selected tests"
        filtered_out = any(self._counts(each, done) for each in done.items)
        honours = (self.situation.cured("D5") and none) or (
            self.situation.cured("D15") and filtered_out
        )
        if lf and chosen.run and honours:
            self._keep(chosen, [])
            line += ", deselecting all items."
        chosen.lastfailed_line = line + note

    def _counts(self, nodeid: str, done: Collection) -> bool:
        """Tell whether the test *nodeid* counts as failed."""
        if nodeid in self.known:
            return True
        if self.situation.cured("D7") and any(
            nodeid.startswith(f"{each}::") for each in self._reopened(done)
        ):
            return True
        return self.situation.cured("D14") and any(
            "[" in each and function_of(each) == function_of(nodeid) and self._is_gone(each, done)
            for each in self.start.lastfailed
        )

    def _reopened(self, done: Collection) -> list[str]:
        return [nodeid for nodeid in self.start.lastfailed if nodeid in done.nodes]

    def _is_gone(self, nodeid: str, done: Collection) -> bool:
        """Tell whether a file that was seen as a whole does not hold the test or class *nodeid*."""
        path = path_of(nodeid)
        if "::" not in nodeid or not is_whole(self.situation, done, path):
            return False
        file = self.situation.files[path]
        return nodeid not in file.behaviours() and nodeid not in file.classes()

    def _newness(self, nodeid: str, chosen: Selection) -> tuple[bool, bool, int]:
        combines = self.situation.cured("D13") and self.situation.has("--ff")
        waits = combines and nodeid not in chosen.failed
        stamp = self.situation.files[path_of(nodeid)].stamp
        return waits, nodeid in self.start.nodeids, -stamp

    # Running.

    def _run(self, done: Collection, chosen: Selection) -> int:
        if self.situation.missing:
            return USAGE_ERROR
        if done.ended or done.errors:
            return TESTS_FAILED if done.ended else INTERRUPTED
        if not self.situation.has("--collect-only"):
            self._run_tests(chosen.run)
        if self.stops and not self._is_over_at_first():
            return INTERRUPTED
        if self.failing:
            return TESTS_FAILED
        return OK if chosen.run else NOTHING_COLLECTED

    def _is_over_at_first(self) -> bool:
        return bool(self.failing) and self.situation.has("-x")

    def _run_tests(self, nodeids: list[str]) -> None:
        for nodeid in nodeids:
            self._run_test(nodeid, self.situation.files[path_of(nodeid)].behaviours()[nodeid])
            if self.stops or self._is_over_at_first():
                return

    def _run_test(self, nodeid: str, behaviour: Behaviour) -> None:
        self.ran.append(nodeid)
        for report in reports_of(behaviour, first_failure_ends=self.situation.has("-x")):
            sticks = nodeid in self.failing and self.situation.cured("D3")
            if report.outcome == "failed":
                self.known[nodeid] = True
                self.failing.add(nodeid)
                self._step_fails(nodeid)
            elif not sticks:
                self._does_not_fail(nodeid, report)

    def _does_not_fail(self, nodeid: str, report: Report) -> None:
        self.known.pop(nodeid, None)
        if report.when == "call" and nodeid == self.last:
            self.last = None

    def _step_fails(self, nodeid: str) -> None:
        if not self.situation.stepwise:
            return
        again = nodeid == self.left_behind and self.situation.cured("D3")
        if self.skips or again:
            self.skips = False
            self.left_behind = nodeid
            if nodeid == self.last:
                self.last = None
            return
        self.last = nodeid
        self.stops = True

    # Remembering.

    def _after(self, chosen: Selection) -> State:
        looks = self.situation.has("--collect-only")
        empty = not chosen.run and not self.done.errors
        cured = self.situation.cured
        if empty and cured("D23"):
            return self.start
        start = self.start
        return State(
            start.lastfailed if looks and cured("D7") else self._lastfailed_after(),
            start.nodeids if looks else self._nodeids_after(chosen),
            start.stepwise if looks and cured("D17") else self._stepwise_after(),
        )

    def _lastfailed_after(self) -> tuple[str, ...]:
        functions = {function_of(nodeid) for nodeid in self.ran}
        for nodeid in self.start.lastfailed:
            if nodeid in self.ran or nodeid not in self.known:
                continue
            opened = self.situation.cured("D8") and nodeid in self.done.nodes
            if opened or (self.situation.cured("D6") and self._is_over(nodeid, functions)):
                del self.known[nodeid]
        # A value that holds the same ids is not written again, and keeps its order.
        unchanged = set(self.known) == set(self.start.lastfailed)
        return self.start.lastfailed if unchanged else tuple(self.known)

    def _is_over(self, nodeid: str, ran: set[str]) -> bool:
        """Tell whether *nodeid* is gone; a parameter waits until its function, if any, has run."""
        if not self._is_gone(nodeid, self.done):
            return False
        file = self.situation.files[path_of(nodeid)]
        waits = "[" in nodeid and function_of(nodeid) in map(function_of, file.behaviours())
        return not waits or function_of(nodeid) in ran

    def _nodeids_after(self, chosen: Selection) -> tuple[str, ...]:
        gone = {each for each in self.start.nodeids if self._is_gone(each, self.done)}
        selected = set() if self.done.ended else set(chosen.run)
        kept = set(self.start.nodeids) - (gone if self.situation.cured("D10") else set())
        return tuple(sorted(kept | selected))

    def _stepwise_after(self) -> Progress | None:
        if not self.situation.stepwise:
            return self.start.stepwise
        keeps_place = self._by_id() and self.last and not self.stops
        return self.last, (self.start.stepwise or (None, None))[1] if keeps_place else self.count

    def _lines(self, chosen: Selection) -> tuple[str, ...]:
        if self.situation.has("-q"):
            return ()
        active = self.situation.has("--lf") or self.situation.has("--ff")
        lines = [f"run-last-failure: {chosen.lastfailed_line}"] if active else []
        return (*lines, *(f"stepwise: {line}" for line in chosen.stepwise_lines))
