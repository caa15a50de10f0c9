"""The pure parts of a preview: what narrows, what orders, what leaves the order alone."""

from __future__ import annotations

import pytest

from pytest_recall.narrowing import in_both, place_of
from pytest_recall_server.model.arguments import leave_all
from pytest_recall_server.model.reorder import grouped


@pytest.mark.parametrize(
    ("some", "others", "both"),
    [
        (["a/t.py"], ["a"], ["a/t.py"]),
        (["a/t.py"], ["a/t.py::T", "b"], ["a/t.py::T"]),
        (["a/t.py", "b/t.py"], [""], ["a/t.py", "b/t.py"]),
        (["a/t.py"], ["a/t.py"], ["a/t.py"]),
        (["a/t.py"], ["a/t", "b"], []),
    ],
)
def test_what_lies_in_both_is_named_by_the_narrower_ids(
    some: list[str], others: list[str], both: list[str]
) -> None:
    assert in_both(some, others) == tuple(both)


def test_files_are_walked_folder_by_folder_with_init_files_first() -> None:
    order = ["a/__init__.py", "a/B_test.py", "a/b/test_x.py", "a/test_c.py", "a-b/test_a.py"]

    assert sorted({*order}, key=place_of) == order


def test_what_leads_to_failures_is_walked_first() -> None:
    leading = {"b", "b/test_z.py"}
    order = ["b/test_z.py", "b/test_a.py", "a/test_a.py"]

    assert sorted({*order}, key=lambda path: place_of(path, leading)) == order


def test_tests_are_grouped_by_what_lives_longest() -> None:
    one, two = {"module": (("m", 1),)}, {"module": (("m", 2),)}

    assert grouped([one, two, one, two]) == [0, 2, 1, 3]
    assert grouped([one, two]) == [0, 1]
    assert grouped([{"session": (("s", 1),)}, {}, {"session": (("s", 1),)}]) == [0, 2, 1]


@pytest.mark.parametrize(
    ("arguments", "leaves"),
    [
        ("", True),
        ("-v -ra --tb=short --cov src -p no:randomly --doctest-modules -qx", True),
        ("-k slow", False),
        ("-n 2", False),
        ("--tb tests", True),
        ("--tb short tests", False),
        ("-vk slow", False),
        ("--ignore=old", False),
    ],
)
def test_only_arguments_that_are_known_to_leave_the_order_alone_are_passed_over(
    arguments: str, leaves: bool
) -> None:
    assert leave_all(arguments.split()) is leaves
