"""The comparison of previews with runs finds faults that are planted into previews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.python.server.previewing.compare import Comparer
from tests.python.server.previewing.suites import Suite, suites
from tests.python.server.test_preview_differential import NUMBERS, faults_of

from pytest_recall import narrowing, selection
from pytest_recall_server.model import listing, preview
from pytest_recall_server.model.changes import SelectionKind

MOST = 80
"""So many suites are enough to find any of the faults."""

Choose = Callable[..., selection.Choice]
Plant = Callable[[pytest.MonkeyPatch], None]


class FoundError(Exception):
    """A difference that nothing explains."""


def search(first: int) -> None:
    """Compare suites; raise `FoundError` at the first difference."""

    @seed(first)
    @settings(
        max_examples=MOST,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
        report_multiple_bugs=False,
    )
    @given(suites(), NUMBERS)
    def check(suite: Suite, number: int) -> None:
        if faults_of(suite, number, Comparer()):
            raise FoundError

    check()


def failures_stay_where_they_are(patch: pytest.MonkeyPatch) -> None:
    real = selection.choose_failed

    def planted(
        ids: Sequence[str], remembered: selection.Remembered, modes: selection.Modes, **more: object
    ) -> selection.Choice:
        choose: Choose = real
        choice = choose(ids, remembered, modes, **more)
        run = tuple(sorted(choice.run))
        return selection.Choice(run, choice.deselected, choice.status, choice.failed)

    patch.setattr(preview, "choose_failed", planted)


def the_oldest_file_comes_first(patch: pytest.MonkeyPatch) -> None:
    real = selection.new_first

    def planted(
        ids: Sequence[str], is_known: Callable[[str], bool], changed: Callable[[int], float]
    ) -> tuple[int, ...]:
        return real(ids, is_known, lambda index: -changed(index))

    patch.setattr(preview, "new_first", planted)


def equals_change_places(patch: pytest.MonkeyPatch) -> None:
    real = selection.new_first

    def planted(
        ids: Sequence[str], is_known: Callable[[str], bool], changed: Callable[[int], float]
    ) -> tuple[int, ...]:
        last = len(ids) - 1
        turned = real(ids[::-1], is_known, lambda index: changed(last - index))
        return tuple(last - index for index in turned)

    patch.setattr(preview, "new_first", planted)


def stepwise_goes_on_one_test_later(patch: pytest.MonkeyPatch) -> None:
    real = selection.choose_step

    def planted(
        ids: Sequence[str], progress: selection.Progress, *, by_id: bool, reset: bool = False
    ) -> selection.Step:
        step = real(ids, progress, by_id=by_id, reset=reset)
        run = step.run[1:] if step.deselected else step.run
        return selection.Step(step.deselected, run, step.status, step.last_failed)

    patch.setattr(preview, "choose_step", planted)


def what_is_excluded_is_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(narrowing.Wanted, "excludes", lambda _self, _nodeid: False)


def files_are_sorted_by_their_paths(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(preview, "place_of", lambda path, _leading: path)


def init_files_are_sorted_by_their_names(patch: pytest.MonkeyPatch) -> None:
    real = narrowing.place_of
    patch.setattr(
        preview,
        "place_of",
        lambda path, leading: [(late, name) for late, _init, name in real(path, leading)],
    )


def parameters_group_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(preview, "grouped", lambda tests: list(range(len(tests))))


def a_parameter_that_is_gone_stands_for_nothing(patch: pytest.MonkeyPatch) -> None:
    real = selection.remember

    def planted(*facts: object) -> selection.Remembered:
        remember: Callable[..., selection.Remembered] = real
        found = remember(*facts)
        return selection.Remembered(found.ids, frozenset(), found.collectors)

    patch.setattr(preview, "remember", planted)


def last_failed_takes_unfinished_tests_too(patch: pytest.MonkeyPatch) -> None:
    real = preview.preview

    def planted(
        files: Sequence[listing.Listing],
        kind: SelectionKind,
        wanted: narrowing.Wanted | None,
        memory: preview.Memory,
    ) -> preview.Preview:
        memory = replace(memory, failed=(*memory.failed, *memory.unfinished))
        return real(files, kind, wanted, memory)

    patch.setattr("pytest_recall_server.project.preview.preview", planted)


PLANTED: tuple[Plant, ...] = (
    failures_stay_where_they_are,
    the_oldest_file_comes_first,
    equals_change_places,
    stepwise_goes_on_one_test_later,
    what_is_excluded_is_kept,
    files_are_sorted_by_their_paths,
    init_files_are_sorted_by_their_names,
    parameters_group_nothing,
    a_parameter_that_is_gone_stands_for_nothing,
    last_failed_takes_unfinished_tests_too,
)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    with pytest.raises(FoundError):
        search(0)
