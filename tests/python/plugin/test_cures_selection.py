"""Faults of stock's selections, and ours beside it: which tests run, and in which order."""

from __future__ import annotations

import pytest
from tests.python.plugin.support import Pair, Project

FAILS = "def test_fails(): assert 0\n"
MANY = {f"other/test_{number}.py": "def test_ok(): pass\n" for number in range(5)}


def test_d5_with_lfnf_none_failures_that_are_gone_run_nothing(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS, **MANY})
    pair.run()

    pair.write({"test_a.py": "def test_renamed(): assert 0\n"})
    stock, ours = pair.run("--lf", "--lfnf=none")

    assert len(stock.ran) == 6
    assert ours.ran == ()
    assert ours.status == 5
    status = "1 known failures not in selected tests, deselecting all items. (skipped 5 files)"
    assert ours.line("run-last-failure") == f"run-last-failure: {status}"


def test_d5_the_cure_forgets_failures_whose_file_is_gone(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS, "test_b.py": FAILS})
    pair.run()
    pair.remove("test_a.py")

    pair.stock.stock()
    pair.ours.ours()
    kept = pair.lastfailed()
    cured = pair.ours.ours("--recall-cures=stale", "--lf")

    both = ["test_a.py::test_fails", "test_b.py::test_fails"]
    assert kept == (both, both)
    assert cured.ran == ("test_b.py::test_fails",)
    assert "recall: 1 known failure no longer exists: test_a.py::test_fails" in cured.output
    assert pair.ours.lastfailed() == ["test_b.py::test_fails"]


FORMS = {
    "functions": FAILS,
    "classes": "class TestC:\n    def test_fails(self): assert 0\n    def test_ok(self): pass\n",
    "testcases": (
        "import unittest\nclass TestC(unittest.TestCase):\n    def test_fails(self): assert 0\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_d9_last_failed_collects_only_the_files_with_failures(pair: Pair, form: str) -> None:
    pair.write({"zoo/test_a.py": FORMS[form], **MANY})
    pair.run()

    stock, ours = pair.run("--lf")

    assert stock.ran == ours.ran
    assert len(stock.collected) == 6
    assert ours.collected == ("zoo/test_a.py",)
    assert ours.line("run-last-failure").endswith("rerun previous 1 failure (skipped 5 files)")


@pytest.mark.parametrize("form", FORMS)
def test_d9_other_folders_and_their_conftests_are_never_visited(pair: Pair, form: str) -> None:
    pair.write({"zoo/test_a.py": FORMS[form], **MANY, "other/conftest.py": "print('visited')\n"})
    pair.run()

    _stock, ours = pair.run("--lf", "-s")

    assert "visited" not in ours.output


@pytest.mark.parametrize("form", FORMS)
def test_d9_a_new_broken_file_elsewhere_does_not_stop_a_rerun(pair: Pair, form: str) -> None:
    pair.write({"zoo/test_a.py": FORMS[form], "other/test_0.py": "def test_ok(): pass\n"})
    pair.run()
    pair.write({"other/test_0.py": "import nosuch\n"})

    stock, ours = pair.run("--lf")

    assert len(ours.ran) == 1
    assert (len(stock.ran), stock.errors) in [(1, ()), (0, ("other/test_0.py",))]


def test_when_no_failure_is_found_everything_runs_in_the_order_of_stock(pair: Pair) -> None:
    files = {f"{folder}/test_{folder}{name}.py": FAILS for folder in "abc" for name in "xyz"}
    pair.write(files)
    pair.run("b/test_by.py", "c")
    pair.write(dict.fromkeys(files, "def test_new(): pass\n"))

    stock, ours = pair.run("--lf")

    assert len(stock.ran) == 9
    assert ours.ran == stock.ran
    assert ours.line("run-last-failure") == stock.line("run-last-failure")


def test_folders_of_failures_that_are_gone_come_first_as_with_stock(pair: Pair) -> None:
    passes = "def test_ok(): pass\n"
    pair.write({"test_a.py": passes, "zoo/test_b.py": passes, "zoo/test_c.py": FAILS})
    pair.run()
    pair.remove("zoo/test_c.py")

    stock, ours = pair.run("--lf")

    assert stock.ran == ("zoo/test_b.py::test_ok", "test_a.py::test_ok")
    assert ours.ran == stock.ran


def test_files_of_other_plugins_are_counted_as_skipped(pair: Pair) -> None:
    pair.write(
        {
            "test_a.py": FAILS,
            "deep/er/x.yaml": "",
            "deep/test_b.py": "def test_b(): pass\n",
            "deep/ignored/test_c.py": "def test_c(): pass\n",
            "conftest.py": """
            import pytest
            collect_ignore = ["deep/ignored"]
            class Yaml(pytest.File):
                def collect(self):
                    return []
            def pytest_collect_file(file_path, parent):
                if file_path.suffix == ".yaml":
                    return Yaml.from_parent(parent, path=file_path)
            """,
        }
    )
    pair.run()

    stock, ours = pair.run("--lf")

    assert "(skipped 2 files)" in stock.line("run-last-failure")
    assert ours.line("run-last-failure") == stock.line("run-last-failure")


def test_d13_failed_first_and_new_first_combine(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS, "test_b.py": "def test_b(): pass\n"})
    pair.run()
    pair.write({"test_c.py": "def test_new(): pass\n"})

    stock, ours = pair.run("--ff", "--nf")

    assert stock.ran == ("test_c.py::test_new", "test_b.py::test_b", "test_a.py::test_fails")
    assert ours.ran == ("test_a.py::test_fails", "test_c.py::test_new", "test_b.py::test_b")


def test_new_first_asks_for_the_time_of_each_file_once(project: Project) -> None:
    tests = "".join(f"def test_{number}(): pass\n" for number in range(20))
    project.write(
        {
            "test_a.py": tests,
            "test_b.py": tests,
            "conftest.py": """
            import pathlib, pytest
            stats = []
            @pytest.hookimpl(tryfirst=True)
            def pytest_collection_modifyitems(items):
                real = pathlib.Path.stat
                def stat(self, **kwargs):
                    stats.append(self.name)
                    return real(self, **kwargs)
                pathlib.Path.stat = stat
            def pytest_report_collectionfinish():
                return f"stats: {stats.count('test_a.py')} {stats.count('test_b.py')}"
            """,
        }
    )

    assert project.stock("--nf").line("stats") == "stats: 20 20"
    assert project.ours("--nf").line("stats") == "stats: 1 1"


def test_d14_an_unstable_parameter_falls_back_to_its_function(pair: Pair) -> None:
    source = """
    import pytest
    @pytest.mark.parametrize("value", [1, 2], ids=["{0}-1", "{0}-2"])
    def test_p(value): assert value == 1
    def test_other(): pass
    """
    pair.write({"test_a.py": source.format("first")})
    pair.run()

    pair.write({"test_a.py": source.format("second")})
    stock, ours = pair.run("--lf")

    assert len(stock.ran) == 3
    assert ours.ran == ("test_a.py::test_p[second-1]", "test_a.py::test_p[second-2]")
    assert pair.lastfailed() == (
        ["test_a.py::test_p[first-2]", "test_a.py::test_p[second-2]"],
        ["test_a.py::test_p[second-2]"],
    )


def test_d14_an_unstable_parameter_in_a_class_keeps_last_failed_to_its_file(pair: Pair) -> None:
    source = """
    import pytest
    class TestC:
        @pytest.mark.parametrize("value", [1, 2], ids=["{0}-1", "{0}-2"])
        def test_p(self, value): assert value == 1
    """
    pair.write({"test_a.py": source.format("first"), **MANY})
    pair.run()

    pair.write({"test_a.py": source.format("second")})
    stock, ours = pair.run("--lf")

    assert len(stock.ran) == 7
    assert ours.ran == ("test_a.py::TestC::test_p[second-1]", "test_a.py::TestC::test_p[second-2]")
    assert ours.collected == ("test_a.py",)


def test_d15_last_failed_and_a_filter_run_what_both_select(pair: Pair) -> None:
    pair.write(
        {"test_a.py": "class TestC:\n    def test_x(self): assert 0\n    def test_y(self): pass\n"}
    )
    pair.run()

    stock, ours = pair.run("--lf", "-k", "test_y")

    assert stock.ran == ("test_a.py::TestC::test_y",)
    assert ours.ran == ()
    assert "1 known failures not in selected tests, deselecting all" in ours.output


def test_d16_failed_first_takes_no_notice_of_lfnf(pair: Pair) -> None:
    pair.write({"test_a.py": "def test_ok(): pass\n"})

    stock, ours = pair.run("--ff", "--lfnf=none")

    assert (stock.ran, ours.ran) == ((), ("test_a.py::test_ok",))


def test_d16_with_the_cure_nothing_to_rerun_is_a_success(pair: Pair) -> None:
    pair.write({"test_a.py": "def test_ok(): pass\n"})

    stock, ours = pair.run("--lf", "--lfnf=none")
    cured = pair.ours.ours("--lf", "--lfnf=none", "--recall-cures=exit")

    assert (stock.status, ours.status, cured.status) == (5, 5, 0)


STEPS = "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): pass\n"


def test_d17_looking_does_not_lose_the_place(pair: Pair) -> None:
    pair.write({"test_a.py": STEPS, "test_b.py": "def test_b(): pass\n"})
    pair.run("--sw")

    pair.run("--sw", "--collect-only", "test_b.py")
    stock, ours = pair.run("--sw")

    assert "test_a.py::test_1" in stock.ran
    assert ours.ran == ("test_a.py::test_2",)


@pytest.mark.parametrize("change", ["a test added", "another file"])
def test_d17_with_the_cure_the_place_is_found_by_id(pair: Pair, change: str) -> None:
    pair.write({"test_a.py": STEPS, "test_b.py": "def test_b(): pass\n"})
    pair.stock.stock("--sw")
    pair.ours.ours("--sw", "--recall-cures=stepwise")

    if change == "another file":
        pair.stock.stock("--sw", "test_b.py")
        pair.ours.ours("--sw", "--recall-cures=stepwise", "test_b.py")
    else:
        pair.write({"test_a.py": "def test_0(): pass\n" + STEPS})
    stock = pair.stock.stock("--sw")
    ours = pair.ours.ours("--sw", "--recall-cures=stepwise")

    added = ("test_a.py::test_0",) if change == "a test added" else ()
    assert "test_a.py::test_1" in stock.ran
    assert ours.ran == (*added, "test_a.py::test_2")


def test_d17_with_the_cure_a_test_that_was_left_behind_stays_behind(pair: Pair) -> None:
    pair.write({"test_a.py": STEPS.replace("pass", "assert 0")})
    cure = "--recall-cures=stepwise"
    for flag in ("--sw", "--sw-skip"):
        pair.stock.stock(flag)
        pair.ours.ours(flag, cure)

    stock, ours = pair.stock.stock("--sw"), pair.ours.ours("--sw", cure)

    assert stock.ran == ours.ran
    assert len(ours.ran) == 1
    assert ours.ran != pair.ours.ours("--sw-reset", cure).ran


def test_d18_last_failed_and_stepwise_go_from_failure_to_failure(pair: Pair) -> None:
    tests = "".join(f"def test_{n}(): assert {n % 2}\n" for n in range(6))
    pair.write({"test_a.py": tests})
    pair.run()

    first = pair.run("--lf", "--sw")
    pair.write({"test_a.py": tests.replace("test_0(): assert 0", "test_0(): pass")})
    second = pair.run("--lf", "--sw")
    pair.write({"test_a.py": tests.replace("assert 0", "pass")})
    third = pair.run("--lf", "--sw")

    assert [ours.ran for _stock, ours in (first, second, third)] == [
        ("test_a.py::test_0",),
        ("test_a.py::test_0", "test_a.py::test_2"),
        ("test_a.py::test_2", "test_a.py::test_4"),
    ]
    assert "test count changed" in third[0].line("stepwise")
    assert "already passed" in third[1].line("stepwise")


def test_d19_a_set_of_failures_can_be_saved_and_taken_up_again(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS, "test_b.py": FAILS})
    pair.stock.stock()
    pair.ours.ours("--recall-save=before")
    pair.write({"test_a.py": "def test_fails(): pass\n"})
    pair.run()

    stock, ours = pair.run("--lf")
    saved = pair.ours.ours("--lf", "--recall-load=before")

    # Stock knows one set only, and the fix has taken a test out of it.
    assert stock.ran == ours.ran == ("test_b.py::test_fails",)
    assert saved.ran == ("test_a.py::test_fails", "test_b.py::test_fails")


def test_d19_a_read_only_run_changes_nothing(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS, "test_b.py": FAILS})
    pair.run()
    before = (pair.ours.lastfailed(), pair.ours.nodeids())
    pair.write({"test_a.py": "def test_fails(): pass\ndef test_new(): assert 0\n"})

    stock = pair.stock.stock("--lf")
    ours = pair.ours.ours("--lf", "--recall-readonly")

    assert stock.ran == ours.ran == ("test_a.py::test_fails", "test_b.py::test_fails")
    assert pair.lastfailed() == (["test_b.py::test_fails"], before[0])
    assert pair.ours.nodeids() == before[1]


def test_d20_environments_are_remembered_apart(pair: Pair) -> None:
    # In the one environment test_a.py fails, in the other test_b.py.
    passes = "def test_fails(): pass\n"
    there = ("--recall-environment=old python",)
    pair.write({"test_a.py": FAILS, "test_b.py": passes})
    pair.stock.stock()
    pair.ours.ours(*there)
    pair.write({"test_a.py": passes, "test_b.py": FAILS})
    pair.run()

    stock, here = pair.run("--lf")
    elsewhere = pair.ours.ours("--lf", *there, "--collect-only")

    # What stock would run again in either environment is what failed in the last one.
    assert stock.selected == here.selected == ("test_b.py::test_fails",)
    assert elsewhere.selected == ("test_a.py::test_fails",)


def test_d26_whole_files_with_failures_can_be_rerun(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS + "def test_beside(): pass\n", **MANY})
    pair.run()

    stock = pair.stock.stock("--lf")
    ours = pair.ours.ours("--lf", "--recall-files")

    assert stock.ran == ("test_a.py::test_fails",)
    assert ours.ran == ("test_a.py::test_fails", "test_a.py::test_beside")


XDIST = ("-p", "xdist", "-n2")


def test_d11_under_xdist_new_tests_are_learned_and_the_status_is_shown(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS + "def test_ok(): pass\n"})

    pair.run(*XDIST)
    stock, ours = pair.run(*XDIST, "--lf")

    assert pair.stock.nodeids() == []
    assert pair.ours.nodeids() == ["test_a.py::test_fails", "test_a.py::test_ok"]
    assert stock.line("run-last-failure") == ""
    assert ours.line("run-last-failure") == "run-last-failure: rerun previous 1 failure"
    assert len(ours.ran) == 1


def test_d12_under_xdist_stepwise_stops_and_goes_on(pair: Pair) -> None:
    tests = "".join(
        f"def test_{n:02}(): {'assert 0' if n == 1 else 'time.sleep(0.05)'}\n" for n in range(40)
    )
    pair.write({"test_a.py": "import time\n" + tests})

    stock, ours = pair.run(*XDIST, "--sw")
    again = pair.ours.ours(*XDIST, "--sw")

    assert (stock.status, ours.status) == (2, 2)
    assert len(stock.ran) >= len(ours.ran)
    assert len(ours.ran) <= 6
    assert pair.ours.key("cache/stepwise")["last_failed"] == "test_a.py::test_01"  # type: ignore[index]
    assert ours.line("stepwise") == "stepwise: no previously failed tests, not skipping."
    assert again.line("stepwise") == "stepwise: continuing from test_a.py::test_01."
    assert "test_a.py::test_00" not in again.ran


def test_under_xdist_a_test_that_is_gone_is_forgotten(project: Project) -> None:
    project.write({"test_a.py": FAILS + "def test_ok(): pass\n"})
    project.ours(*XDIST)
    project.write({"test_a.py": "def test_ok(): pass\n"})

    project.ours(*XDIST)

    assert project.lastfailed() == []


def test_under_xdist_a_crashed_worker_loses_nothing(project: Project) -> None:
    project.write({"test_a.py": "import os\n" + FAILS + "def test_crash(): os._exit(3)\n"})

    project.ours(*XDIST)

    assert sorted(project.lastfailed()) == ["test_a.py::test_crash", "test_a.py::test_fails"]
