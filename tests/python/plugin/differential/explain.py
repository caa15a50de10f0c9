"""Say of every difference between stock and ours which named cure it is; the rest are faults.

The names are those of `docs/plugin.md`. Each rule looks at the suite, at the state before the step
and at what stock did, so that a difference is only explained where its cure really is at work.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.python.plugin.differential.twin import Comparison


def without_parameters(nodeid: str) -> str:
    """Return *nodeid* without its parameters."""
    return nodeid.partition("[")[0]


class Explainer:
    """The facts about one step, and the rules."""

    def __init__(self, step: Comparison) -> None:
        """Gather the facts."""
        self.step = step
        self.flags = step.step.flags
        self.known = step.before.lastfailed
        self.ids = set(step.suite.ids())
        self.used: set[str] = set()
        files = {file.path: file for file in step.suite.files}
        self.files = files
        self.broken = {path for path, file in files.items() if file.broken}
        self.failing_files = {nodeid.partition("::")[0] for nodeid in self.known} & set(files)
        self.reopened = {nodeid for nodeid in self.known if self._is_collected(nodeid)}
        self.gone = {
            nodeid
            for nodeid in self.known
            if "::" in nodeid
            and nodeid.partition("::")[0] in set(files) - self.broken
            and nodeid not in self.ids | self.reopened
        }

    def _is_collected(self, nodeid: str) -> bool:
        """Whether *nodeid* is a file or class that can be collected now."""
        if nodeid in self.files:
            return nodeid not in self.broken
        return any(each.startswith(f"{nodeid}::") for each in self.ids)

    def _in_reopened(self, nodeid: str) -> bool:
        """Whether *nodeid* lies in a file or class that had failed and can be collected now."""
        return any(nodeid.startswith(f"{each}::") for each in self.reopened)

    @property
    def lf(self) -> bool:
        """Whether `--lf` is on."""
        return "--lf" in self.flags

    def faults(self) -> Iterator[str]:
        """Yield what no cure explains."""
        if "--collect-only" in self.flags or self._collected_nothing():
            yield from self._unchanged()
        else:
            yield from self._lastfailed()
            yield from self._nodeids()
            yield from self._stepwise()
        yield from self._run()

    def _collected_nothing(self) -> bool:
        ours = self.step.ours.outcome
        return not ours.selected and not ours.errors

    def _unchanged(self) -> Iterator[str]:
        """D7, D17, D23, D27: a run that only looks, or finds nothing, changes nothing."""
        before, ours = self.step.before, self.step.ours
        for name in ("lastfailed", "nodeids", "stepwise"):
            if getattr(before, name) != getattr(ours, name):
                if "--cache-clear" in self.flags and "--collect-only" not in self.flags:
                    continue
                yield f"{name} changed: {getattr(before, name)} -> {getattr(ours, name)}"
        self.used.add("D7 D17 D23 D27")

    def _start(self) -> tuple[str, ...]:
        return () if "--cache-clear" in self.flags else self.known

    def _lastfailed(self) -> Iterator[str]:
        stock, ours = self.step.stock, self.step.ours
        same_run = stock.outcome.ran == ours.outcome.ran
        for nodeid in stock.lastfailed:
            if nodeid not in ours.lastfailed:
                rule = self._forgets(nodeid)
                if rule is None:
                    yield f"lastfailed lacks {nodeid}"
                else:
                    self.used.add(rule)
        for nodeid in ours.lastfailed:
            if nodeid not in stock.lastfailed and not self._may_have(nodeid):
                yield f"lastfailed has {nodeid}"
        # A value that holds the same ids is not written again and keeps its old order.
        written = [
            set(side.lastfailed) != set(self.step.before.lastfailed) for side in (stock, ours)
        ]
        if same_run and not self.reopened and written[0] == written[1]:
            common = [nodeid for nodeid in stock.lastfailed if nodeid in ours.lastfailed]
            kept = [nodeid for nodeid in ours.lastfailed if nodeid in stock.lastfailed]
            if kept != common:
                yield f"lastfailed in another order: {common} / {kept}"

    def _forgets(self, nodeid: str) -> str | None:
        """Return the cure by which ours does not remember what stock does."""
        start = self._start()
        if nodeid in self.gone and nodeid in start:
            return "D6"
        if nodeid in self.reopened and nodeid in start:
            return "D8"
        if self._in_reopened(nodeid) and nodeid not in self.step.ours.outcome.ran:
            return "D7"
        stock, ours = self.step.stock.outcome, self.step.ours.outcome
        unseen = nodeid in stock.errors and nodeid not in (*ours.errors, *ours.collected)
        if self.lf and unseen and nodeid not in self.failing_files:
            return "D9"
        if stock.ran != ours.ran and nodeid not in start and self._run_is_explained():
            return "D9"
        return None

    def _may_have(self, nodeid: str) -> bool:
        """Whether ours may remember what stock does not: it ran something else, for a reason."""
        stock, ours = self.step.stock.outcome, self.step.ours.outcome
        if stock.ran == ours.ran:
            return False
        if nodeid in ours.failed and nodeid not in stock.ran:
            return True
        return nodeid in stock.ran and nodeid in self._start()

    def _nodeids(self) -> Iterator[str]:
        before, stock, ours = self.step.before, self.step.stock, self.step.ours
        start = set() if "--cache-clear" in self.flags else set(before.nodeids)
        for nodeid in ours.outcome.selected:
            if nodeid not in ours.nodeids and nodeid in stock.nodeids:
                yield f"nodeids lacks {nodeid}, which was selected"
        for nodeid in start - set(ours.nodeids):
            path = nodeid.partition("::")[0]
            if nodeid in self.ids or path not in ours.outcome.collected:
                yield f"nodeids lost {nodeid}"
            self.used.add("D10")
        for nodeid in set(ours.nodeids) - start - set(ours.outcome.selected):
            yield f"nodeids has {nodeid}, which was not selected"
        if list(ours.nodeids) != sorted(ours.nodeids):
            yield "nodeids is not sorted"
        same = stock.outcome.selected == ours.outcome.selected
        extra = set(ours.nodeids) - set(stock.nodeids)
        if same and extra:
            yield f"nodeids has {extra}"

    def _stepwise(self) -> Iterator[str]:
        if self.step.stock.stepwise != self.step.ours.stepwise:
            yield f"stepwise: {self.step.stock.stepwise} / {self.step.ours.stepwise}"

    def _run_is_explained(self) -> bool:
        """Whether a cure says why ours ran other tests than stock."""
        return not list(self._run())

    def _run(self) -> Iterator[str]:
        stock, ours = self.step.stock.outcome, self.step.ours.outcome
        if stock.ran == ours.ran and stock.status == ours.status:
            yield from self._deselected()
            return
        rule = self._rule()
        if rule is None:
            yield f"ran {stock.ran} ({stock.status}) / {ours.ran} ({ours.status})"
        else:
            self.used.add(rule)

    def _rule(self) -> str | None:
        """Return the cure that explains another run, if one does."""
        rules = {
            "D13": self._combines_failed_and_new,
            "D9": self._avoids_broken_files,
            "D14": self._falls_back_to_functions,
            "D5": self._honours_none,
            "D7": self._runs_all_of_reopened,
            "D16": self._ignores_lfnf,
            "D15": self._intersects,
        }
        return next((name for name, holds in rules.items() if holds()), None)

    def _combines_failed_and_new(self) -> bool:
        stock, ours = self.step.stock.outcome, self.step.ours.outcome
        if not {"--ff", "--nf"} <= set(self.flags):
            return False
        ranks = [nodeid not in self.known for nodeid in ours.selected]
        in_order = bool(self.reopened or self.gone) or ranks == sorted(ranks)
        return sorted(stock.selected) == sorted(ours.selected) and in_order

    def _avoids_broken_files(self) -> bool:
        """Stock walked into a broken file that holds no known failure."""
        stock, ours = self.step.stock.outcome, self.step.ours.outcome
        extra = set(stock.errors) - set(ours.errors)
        only_known = all(self._remembered(nodeid) for nodeid in ours.selected)
        return self.lf and bool(extra - self.failing_files) and only_known

    def _falls_back_to_functions(self) -> bool:
        functions = {without_parameters(nodeid) for nodeid in self.gone if "[" in nodeid}
        selected = self.step.ours.outcome.selected
        applies = self.lf or "--ff" in self.flags
        return applies and any(without_parameters(nodeid) in functions for nodeid in selected)

    def _honours_none(self) -> bool:
        ours = self.step.ours.outcome
        nothing = self.lf and "--lfnf=none" in self.flags and not ours.selected
        return nothing and bool(self._start() or ours.errors)

    def _ignores_lfnf(self) -> bool:
        flags = {"--ff", "--lfnf=none"} <= set(self.flags)
        return flags and not self._start() and not self.step.stock.outcome.selected

    def _intersects(self) -> bool:
        selected = self.step.ours.outcome.selected
        known = all(self._remembered(nodeid) for nodeid in selected)
        return self.lf and "-k" in self.flags and bool(self.known) and known

    def _runs_all_of_reopened(self) -> bool:
        """Stock misses what is in a mended file's classes, and what had not failed before."""
        stock, ours = set(self.step.stock.outcome.selected), set(self.step.ours.outcome.selected)
        added = ours - stock
        reopened = all(self._in_reopened(nodeid) for nodeid in added)
        return self.lf and bool(added) and reopened and self._adds(stock, ours)

    def _adds(self, stock: set[str], ours: set[str]) -> bool:
        return stock < ours or not self._any_remembered(stock)

    def _any_remembered(self, ids: set[str]) -> bool:
        return any(self._remembered(nodeid) for nodeid in ids)

    def _remembered(self, nodeid: str) -> bool:
        return nodeid in self.known or self._in_reopened(nodeid)

    def _deselected(self) -> Iterator[str]:
        stock, ours = self.step.stock.outcome, self.step.ours.outcome
        if sorted(stock.deselected) == sorted(ours.deselected):
            return
        if self._honours_none():
            self.used.add("D5")
            return
        surplus = set(ours.deselected) - set(stock.deselected)
        if not self.lf or surplus:
            yield f"deselected {stock.deselected} / {ours.deselected}"
        self.used.add("D9")
