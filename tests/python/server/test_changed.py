"""What runs when files were saved, as a pure function of what is known."""

from __future__ import annotations

import pytest

from pytest_recall_server.model.changed import (
    Occasion,
    changed_tests,
    joined,
    matters,
    new_tests,
)
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.tree import NodeKind, TestNode

FAILED = ("a.py::test_bad", "b.py::TestB::test_bad[1]")
NEW = ("c.py::test_new", "a.py::test_new")


def chosen(
    *files: str, ids: tuple[str, ...] = (), exclude: tuple[str, ...] = ()
) -> tuple[str, ...] | None:
    """Return the ids that run when the test files *files* were saved."""
    selection = Selection(kind="changed", ids=ids, exclude=exclude, files=files)
    found = changed_tests(selection, Occasion(failed=FAILED, new=NEW, test_files=files))
    assert found is None or (found.kind, found.exclude) == ("failedFirst", exclude)
    return None if found is None else found.ids


def test_the_failed_and_the_new_tests_run_with_those_of_the_changed_files() -> None:
    assert chosen("d.py") == (*FAILED, *NEW, "d.py")


def test_a_file_without_tests_runs_the_failed_and_the_new_tests() -> None:
    assert chosen() == (*FAILED, *NEW)


def test_what_lies_in_a_changed_file_is_not_named_beside_it() -> None:
    assert chosen("a.py") == ("b.py::TestB::test_bad[1]", "c.py::test_new", "a.py")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (("b.py",), ("b.py::TestB::test_bad[1]",)),
        (("c.py", "a.py::test_new"), ("c.py::test_new", "a.py::test_new")),
        (("b.py::TestB::test_bad",), ("b.py::TestB::test_bad[1]",)),
        (("",), (*FAILED, *NEW)),
        (("z.py",), None),
    ],
)
def test_chosen_tests_narrow_it(ids: tuple[str, ...], expected: tuple[str, ...] | None) -> None:
    assert chosen(ids=ids) == expected


def test_of_a_changed_file_only_the_chosen_tests_run() -> None:
    assert chosen("d.py", ids=("d.py::TestD", "b.py")) == (
        "b.py::TestB::test_bad[1]",
        "d.py::TestD",
    )


def test_what_is_excluded_does_not_run() -> None:
    assert chosen("d.py", exclude=("a.py", "d.py")) == ("b.py::TestB::test_bad[1]", NEW[0])
    assert chosen("d.py", exclude=("a.py", "b.py", "c.py", "d.py")) is None


def test_nothing_failed_nothing_new_and_no_test_file_is_nothing() -> None:
    selection = Selection(kind="changed", files=("shop.py",))

    assert changed_tests(selection, Occasion(failed=(), new=(), test_files=())) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        *(("shop/cart.py", True), ("pytest.ini", True), (".env", True), ("build/x.py", True)),
        *((".vscode/settings.json", False), ("sub/.git/COMMIT_EDITMSG", False)),
        *((".pytest_cache/README.md", False), ("kept/d/x.json", False), ("kept.py", True)),
    ],
)
def test_files_of_tools_do_not_matter(path: str, expected: bool) -> None:
    assert matters(path, "kept") is expected


def node(
    node_id: str, *, new: bool, kind: NodeKind = "function", children: tuple[TestNode, ...] = ()
) -> TestNode:
    return TestNode(
        id=node_id,
        label=node_id,
        kind=kind,
        span=None,
        new=new,
        failed=False,
        unfinished=False,
        children=children,
    )


def test_a_function_that_is_new_stands_for_its_parameters() -> None:
    old = node("f[1]", new=False, kind="parameters")
    fresh = node("f[2]", new=True, kind="parameters")
    nodes = (
        node("f", new=False, children=(old, fresh)),
        node("g", new=True, children=(fresh,)),
        node("C", new=True, kind="class", children=(node("C::h", new=True),)),
        node("k", new=False),
    )

    assert list(new_tests(nodes)) == ["f[2]", "g", "C::h"]


def test_two_waiting_runs_of_changed_files_are_one_of_all_files() -> None:
    earlier = Selection(kind="changed", files=("a.py", "b.py"))
    later = Selection(kind="changed", files=("b.py", "c.py"))

    assert joined(later, earlier) == Selection(kind="changed", files=("a.py", "b.py", "c.py"))
    assert joined(later, Selection(kind="changed", ids=("x",), files=("a.py",))) is None
    assert joined(later, Selection(kind="all")) is None
    assert joined(Selection(kind="all"), later) is None
