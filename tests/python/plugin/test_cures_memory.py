"""Faults of stock's memory, and ours beside it: what is kept, and what is forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.plugin.support import OURS, SOURCES, Pair, Project

FAILS = "def test_fails(): assert 0\n"
PASSES = "def test_fails(): pass\n"


def run_together(project: Project, plugin: tuple[str, ...], names: list[str]) -> None:
    """Run one pytest for each of *names*, all at once and all alive until the last has begun."""
    started = project.path / "started"
    started.mkdir()
    command = [sys.executable, "-m", "pytest", *plugin]
    environment = clean_environment() | {"PYTHONPATH": str(SOURCES), "ALL": str(len(names))}
    with ThreadPoolExecutor() as pool:
        list(
            pool.map(
                lambda name: subprocess.run(
                    [*command, name],
                    cwd=project.path,
                    env=environment,
                    capture_output=True,
                    check=False,
                    timeout=60,
                ),
                names,
            )
        )


TOGETHER = """
import os, pathlib, pytest, time

@pytest.fixture(scope="session", autouse=True)
def together():
    started = pathlib.Path("started")
    (started / str(os.getpid())).touch()
    while len(list(started.iterdir())) < int(os.environ["ALL"]):
        time.sleep(0.01)
"""


def test_d1_runs_at_once_keep_the_failures_of_all(pair: Pair) -> None:
    names = [f"test_{number}.py" for number in range(4)]
    pair.write({"conftest.py": TOGETHER} | dict.fromkeys(names, FAILS))

    run_together(pair.stock, (), names)
    run_together(pair.ours, OURS, names)

    stock, ours = pair.lastfailed()
    assert len(stock) < len(names)
    assert sorted(ours) == [f"{name}::test_fails" for name in names]
    assert pair.ours.nodeids() == [f"{name}::test_fails" for name in names]


def test_d2_a_value_is_never_half_written(pair: Pair) -> None:
    pair.write(
        {
            "test_a.py": """
            import os, pathlib
            def test_a(cache):
                cache.set("my/value", list(range(1000)))
                before = os.stat(cache._getvaluepath("my/value")).st_ino
                cache.set("my/value", list(range(2000)))
                after = os.stat(cache._getvaluepath("my/value")).st_ino
                pathlib.Path("replaced").write_text(str(before != after))
            """
        }
    )

    pair.run()

    # Stock empties the file and fills it again; ours puts a whole new one in its place.
    assert (pair.stock.path / "replaced").read_text() == "False"
    assert (pair.ours.path / "replaced").read_text() == "True"
    assert not list((pair.ours.path / ".pytest_cache").rglob("*.tmp"))


def test_d2_a_torn_value_is_said_to_be_torn(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS})
    pair.set_key("cache/lastfailed", '{\n  "test_a.py::test_')

    stock, ours = pair.run("--lf")

    assert "no previously failed tests" in stock.line("run-last-failure")
    assert "warning" not in stock.output
    assert "cache/lastfailed is damaged" in ours.output
    assert ours.ran == stock.ran


SUBTEST = """
import unittest
class TestC(unittest.TestCase):
    def test_parts(self):
        for number in range(3):
            with self.subTest(number=number):
                assert number != 1
"""


@pytest.mark.parametrize("flag", ["--lf", "--sw"])
def test_d3_a_failing_subtest_keeps_its_test_failed(pair: Pair, flag: str) -> None:
    pair.write({"test_a.py": "def test_first(): pass\n" + SUBTEST})

    stock, ours = pair.run("--sw") if flag == "--sw" else pair.run()

    assert stock.status == ours.status != 0
    if flag == "--lf":
        assert pair.lastfailed() == ([], ["test_a.py::TestC::test_parts"])
    else:
        again_stock, again_ours = pair.run("--sw")
        assert "test_a.py::test_first" in again_stock.ran
        assert again_ours.ran == ("test_a.py::TestC::test_parts",)


@pytest.mark.parametrize(
    "end",
    [
        "os._exit(3)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.kill(os.getpid(), signal.SIGTERM)",
        "os.abort()",
    ],
)
def test_d4_a_crash_loses_no_failure(pair: Pair, end: str) -> None:
    tests = "".join(f"def test_{number}(): assert 0\n" for number in range(5))
    pair.write({"test_a.py": f"import os, signal\n{tests}def test_crash(): {end}\n"})

    pair.process("-q")
    pair.write({"test_a.py": tests + "def test_crash(): pass\n"})
    stock, ours = pair.run("--lf", "-v")

    assert "no previously failed tests" in stock.line("run-last-failure")
    assert "rerun previous 5 failures" in ours.line("run-last-failure")
    assert len(ours.ran) == 5


def test_d4_a_test_that_had_failed_before_a_crash_of_its_own_teardown_is_kept(pair: Pair) -> None:
    pair.write(
        {
            "test_a.py": """
            import os, pytest
            @pytest.fixture
            def crashes():
                yield
                os._exit(3)
            def test_fails(crashes): assert 0
            """
        }
    )

    pair.process("-q")
    pair.write({"test_a.py": PASSES})
    pair.run("--collect-only")

    assert pair.lastfailed() == ([], ["test_a.py::test_fails"])


def test_d6_a_test_that_is_gone_is_forgotten_after_its_file_was_collected(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS + "def test_other(): pass\n"})
    pair.run()

    pair.write({"test_a.py": "def test_other(): pass\n"})
    stock, ours = pair.run()
    again_stock, again_ours = pair.run("--lf")

    assert (stock.status, ours.status) == (0, 0)
    assert pair.lastfailed() == (["test_a.py::test_fails"], [])
    assert "1 known failures not in selected tests" in again_stock.line("run-last-failure")
    assert "no previously failed tests" in again_ours.line("run-last-failure")


def test_d6_a_class_that_is_gone_is_forgotten_after_its_file_was_collected(pair: Pair) -> None:
    broken = """
    import pytest
    class TestC:
        @pytest.mark.parametrize("nosuch", [1])
        def test_in(self): pass
    """
    pair.write({"test_a.py": broken})
    pair.run()
    before = pair.lastfailed()

    pair.write({"test_a.py": "def test_other(): pass\n"})
    pair.run()

    assert before == (["test_a.py::TestC"], ["test_a.py::TestC"])
    assert pair.lastfailed() == (["test_a.py::TestC"], [])


def test_d6_failures_of_other_plugins_in_a_file_are_not_taken_for_gone(pair: Pair) -> None:
    pair.write({"test_a.py": 'def f():\n    """\n    >>> 1\n    2\n    """\ndef test_x(): pass\n'})
    pair.run("--doctest-modules")

    pair.run()

    assert pair.lastfailed() == (["test_a.py::test_a.f"], ["test_a.py::test_a.f"])


def test_failures_keep_their_order_where_some_had_been_unfinished(pair: Pair) -> None:
    fixture = "import pytest\n@pytest.fixture\ndef fails():\n    yield\n    assert 0\n"
    pair.write({"test_a.py": f"{fixture}def test_1(fails): pass\ndef test_2(): assert 0\n"})
    pair.run("-x")

    pair.run()

    order = ["test_a.py::test_1", "test_a.py::test_2"]
    assert pair.lastfailed() == (order, order)


def test_d7_looking_at_a_mended_file_makes_no_test_failed(pair: Pair) -> None:
    pair.write({"test_a.py": "def test_one(: pass\n"})
    pair.run("--collect-only")

    pair.write({"test_a.py": "def test_one(): pass\ndef test_two(): pass\n"})
    pair.run("--collect-only")

    assert pair.lastfailed() == (["test_a.py::test_one", "test_a.py::test_two"], [])


def test_d7_after_an_import_error_last_failed_runs_all_of_the_mended_file(pair: Pair) -> None:
    pair.write({"test_a.py": "import nosuch\n", "test_b.py": PASSES})
    pair.run()

    pair.write({"test_a.py": "class TestC:\n    def test_in(self): pass\ndef test_out(): pass\n"})
    stock, ours = pair.run("--lf")

    assert stock.ran == ("test_a.py::test_out",)
    assert sorted(ours.ran) == ["test_a.py::TestC::test_in", "test_a.py::test_out"]


@pytest.mark.parametrize("arguments", [("-k", "one"), ("test_a.py::test_one",)])
def test_d8_a_mended_file_is_not_failed_any_more(pair: Pair, arguments: tuple[str, ...]) -> None:
    pair.write({"test_a.py": "import nosuch\n"})
    pair.run()

    pair.write({"test_a.py": "def test_one(): pass\ndef test_two(): pass\n"})
    stock, ours = pair.run(*arguments)

    assert stock.ran == ours.ran == ("test_a.py::test_one",)
    stock_failed, ours_failed = pair.lastfailed()
    assert stock_failed in (["test_a.py::test_two"], ["test_a.py"])
    assert ours_failed == []


def test_d10_known_ids_are_neither_read_nor_written_by_a_run_that_brings_none(pair: Pair) -> None:
    pair.write({"test_a.py": PASSES})
    pair.run()
    files = [
        project.path / ".pytest_cache" / "v" / "cache" / "nodeids"
        for project in (pair.stock, pair.ours)
    ]
    for file in files:
        os.utime(file, (1, 1))

    pair.run()

    assert [file.stat().st_mtime == 1 for file in files] == [False, True]


def test_d10_ids_that_are_gone_are_forgotten(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS + "def test_old(): pass\n"})
    pair.run()

    pair.write({"test_a.py": FAILS})
    pair.run()

    assert "test_a.py::test_old" in pair.stock.nodeids()
    assert pair.ours.nodeids() == ["test_a.py::test_fails"]


def step_saved_at(date: str) -> str:
    """Return stepwise's state with *date*."""
    state = {"last_failed": "test_a.py::test_b", "last_test_count": 2, "last_cache_date_str": date}
    return json.dumps(state)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cache/lastfailed", "[]"),
        ("cache/lastfailed", "5"),
        ("cache/lastfailed", '"text"'),
        ("cache/nodeids", "5"),
        ("cache/nodeids", "[[1]]"),
        ("cache/nodeids", "null"),
        ("cache/stepwise", "[1]"),
        ("cache/stepwise", '"text"'),
        ("cache/stepwise", step_saved_at("?")),
        ("cache/stepwise", step_saved_at("2026-01-01T00:00:00+00:00")),
    ],
)
def test_d21_wrong_shapes_never_stop_a_run(pair: Pair, key: str, value: str) -> None:
    pair.write({"test_a.py": "def test_a(): pass\ndef test_b(): pass\n"})
    pair.ours.set_key(key, value)

    ours = pair.ours.ours("--ff", "--nf", "--sw")

    assert ours.status == 0
    assert "INTERNALERROR" not in ours.output
    assert "test_a.py::test_b" in ours.ran


def test_d2_a_torn_stepwise_goes_on_from_the_test_it_still_names(pair: Pair) -> None:
    pair.write({"test_a.py": "def test_a(): pass\ndef test_b(): assert 0\n"})
    pair.run("--sw")
    for project in (pair.stock, pair.ours):
        path = project.path / ".pytest_cache" / "v" / "cache" / "stepwise"
        path.write_bytes(path.read_bytes()[:60])

    stock, ours = pair.run("--sw")

    assert stock.ran == ("test_a.py::test_a", "test_a.py::test_b")
    assert ours.ran == ("test_a.py::test_b",)
    assert "error reading cache, going on from test_a.py::test_b" in ours.output


def test_d21_stock_stops_with_an_internal_error(pair: Pair) -> None:
    pair.write({"test_a.py": PASSES})
    pair.set_key("cache/lastfailed", "[1]")

    stock, ours = pair.run()

    assert (stock.status, ours.status) == (3, 0)


def test_d22_with_the_cure_a_skip_does_not_make_a_failure_forgotten(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS})
    pair.run()
    pair.write({"test_a.py": "import pytest\n@pytest.mark.skip\n" + FAILS})

    pair.stock.stock()
    pair.ours.ours("--recall-cures=skipped")
    with_cure = pair.lastfailed()
    pair.ours.ours()

    assert with_cure == ([], ["test_a.py::test_fails"])
    assert pair.ours.lastfailed() == []


@pytest.mark.parametrize("arguments", [("nosuch.py",), ()])
def test_d23_a_run_that_finds_nothing_leaves_nothing(
    pair: Pair, arguments: tuple[str, ...]
) -> None:
    stock, ours = pair.run(*arguments)

    assert stock.status == ours.status
    assert (pair.stock.path / ".pytest_cache").exists()
    assert not (pair.ours.path / ".pytest_cache").exists()


def test_d24_a_worker_never_creates_the_cache_directory(pair: Pair) -> None:
    pair.write(
        {
            "test_a.py": FAILS,
            "conftest.py": """
            import pytest
            @pytest.hookimpl(tryfirst=True)
            def pytest_configure(config):
                config.workerinput = {"testrunuid": "x", "workerid": "gw0"}
            """,
        }
    )

    stock, ours = pair.run()

    # Since 7.2 stock's workers do not either; what raced there was the directory's creation itself.
    assert stock.status == ours.status == 1
    for project in (pair.stock, pair.ours):
        assert not (project.path / ".pytest_cache").exists()


def test_d24_workers_that_keep_values_can_all_create_the_cache_directory(pair: Pair) -> None:
    pair.write(
        {
            "test_a.py": """
            import pytest
            @pytest.mark.parametrize("number", range(20))
            def test_sets(cache, number):
                cache.set(f"my/{number}", number)
                assert cache.get(f"my/{number}", None) == number
            """
        }
    )

    stock, ours = pair.run("-p", "xdist", "-n4")

    assert (stock.status, ours.status) == (0, 0)
    for project in (pair.stock, pair.ours):
        assert {path.name for path in project.path.glob("pytest-cache-files-*")} == set()
        assert all(project.key(f"my/{number}") == number for number in range(20))
        assert (project.path / ".pytest_cache" / "CACHEDIR.TAG").exists()


def test_d24_a_cache_directory_that_is_a_file_warns_and_changes_no_result(pair: Pair) -> None:
    pair.write({"test_a.py": FAILS, ".pytest_cache": "in the way\n"})

    stock, ours = pair.run()

    assert (stock.status, stock.ran) == (ours.status, ours.ran)
    assert "PytestCacheWarning" in ours.output


def test_d25_without_cacheprovider_there_is_no_cache_as_with_stock(pair: Pair) -> None:
    pair.write({"test_a.py": "def test_a(request): assert not hasattr(request.config, 'cache')\n"})

    stock, ours = pair.run("-p", "no:cacheprovider")
    unknown_stock, unknown_ours = pair.run("-p", "no:cacheprovider", "--lf")

    assert (stock.status, ours.status) == (0, 0)
    assert (unknown_stock.status, unknown_ours.status) == (4, 4)


@pytest.mark.parametrize("arguments", [("--help",), ("nosuch.py",), ("--collect-only",)])
def test_d27_clearing_happens_only_in_a_real_run(pair: Pair, arguments: tuple[str, ...]) -> None:
    pair.write({"test_a.py": FAILS})
    pair.run()

    pair.run("--cache-clear", *arguments)

    assert pair.lastfailed() == ([], ["test_a.py::test_fails"])


def test_d27_a_real_run_clears_all_but_living_journals(project: Project) -> None:
    project.write({"test_a.py": PASSES})
    project.set_key("my/value", 1)
    project.ours()
    (project.path / ".pytest_cache" / "d" / "mine").mkdir()
    before = project.journals()

    project.ours("--cache-clear")

    assert project.key("my/value") is None
    assert not (project.path / ".pytest_cache" / "d" / "mine").exists()
    assert not set(before) & set(project.journals())
    assert len(project.journals()) == 1


def test_a_run_that_ends_later_does_not_bring_back_what_another_has_mended(pair: Pair) -> None:
    waiting = """
    import pathlib, time
    def test_slow():
        pathlib.Path("began").touch()
        while not pathlib.Path("go").exists():
            time.sleep(0.01)
    """
    pair.write({"test_a.py": FAILS, "test_slow.py": waiting})
    pair.run("test_a.py")
    pair.write({"test_a.py": PASSES})

    for project, plugin in ((pair.stock, ()), (pair.ours, OURS)):
        environment = clean_environment() | {"PYTHONPATH": str(SOURCES)}
        command = [sys.executable, "-m", "pytest", *plugin, "test_slow.py"]
        with subprocess.Popen(
            command, cwd=project.path, env=environment, stdout=subprocess.DEVNULL
        ) as slow:
            wait_for(project.path / "began")
            run = project.ours if plugin else project.stock
            assert run("test_a.py").status == 0
            (project.path / "go").touch()
            slow.wait(30)

    assert pair.lastfailed() == (["test_a.py::test_fails"], [])


def wait_for(path: Path) -> None:
    """Wait until *path* exists."""
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
