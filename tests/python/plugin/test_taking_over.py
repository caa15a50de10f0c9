"""Ours takes stock's place however it is loaded, and leaves it wherever it is told to."""

from __future__ import annotations

import pytest
from tests.python.plugin.support import OURS, SOURCES, Project

SHOW = """
def test_whose(request):
    manager = request.config.pluginmanager
    names = ("cacheprovider", "stepwise")
    whose = [getattr(manager.get_plugin(name), "__name__", None) for name in names]
    print("WHOSE", *whose, type(getattr(request.config, "cache", None)).__module__)
"""

OUR_MODULES = "WHOSE pytest_recall.provider pytest_recall.stepwise pytest_recall.cache"
STOCK_MODULES = "WHOSE _pytest.cacheprovider _pytest.stepwise _pytest.cacheprovider"

WAYS: dict[str, tuple[list[str], dict[str, str], dict[str, str]]] = {
    "-p": ([*OURS], {}, {}),
    "PYTEST_ADDOPTS": ([], {"PYTEST_ADDOPTS": " ".join(OURS)}, {}),
    "addopts": ([], {}, {"pytest.ini": "[pytest]\naddopts = -p pytest_recall.plugin\n"}),
    "PYTEST_PLUGINS": ([], {"PYTEST_PLUGINS": "pytest_recall.plugin"}, {}),
    "conftest": ([], {}, {"conftest.py": "pytest_plugins = ['pytest_recall.plugin']\n"}),
    "entry point": (
        [],
        {"PYTHONPATH": "installed"},
        {
            "installed/recall-1.dist-info/METADATA": "Name: recall\nVersion: 1\n",
            "installed/recall-1.dist-info/entry_points.txt": (
                "[pytest11]\npytest_recall.plugin = pytest_recall.plugin\n"
            ),
        },
    ),
}


def whose(project: Project, arguments: list[str], environment: dict[str, str]) -> list[str]:
    """Run pytest in a process of its own; return the lines that say whose plugins it used."""
    paths = [str(SOURCES)]
    if "PYTHONPATH" in environment:
        paths.append(str(project.path / environment["PYTHONPATH"]))
    done = project.process(
        *("-m", "pytest", "-s", *arguments),
        **environment | {"PYTHONPATH": ":".join(paths)},
    )
    lines = [line for line in done.stdout.splitlines() if "WHOSE" in line]
    return [line[line.index("WHOSE") :].rstrip(".") for line in lines] or [done.stderr]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "flags", [[], ["--lf", "--sw", "-p", "no:randomly"]], ids=["plain", "flags"]
)
def test_ours_is_in_place(project: Project, way: str, flags: list[str]) -> None:
    arguments, environment, files = WAYS[way]
    project.write({"test_a.py": SHOW, **files})

    assert whose(project, [*arguments, *flags], environment) == [OUR_MODULES]


@pytest.mark.parametrize("way", WAYS)
def test_blocking_cacheprovider_blocks_ours(project: Project, way: str) -> None:
    arguments, environment, files = WAYS[way]
    project.write({"test_a.py": SHOW, **files})

    blocked = whose(project, [*arguments, "-p", "no:cacheprovider"], environment)

    assert blocked == ["WHOSE None None builtins"]


@pytest.mark.parametrize("way", ["-p", "entry point"])
def test_blocking_stepwise_blocks_only_stepwise(project: Project, way: str) -> None:
    arguments, environment, files = WAYS[way]
    project.write({"test_a.py": SHOW, **files})

    blocked = whose(project, [*arguments, "-p", "no:stepwise"], environment)

    assert blocked == ["WHOSE pytest_recall.provider None pytest_recall.cache"]


@pytest.mark.parametrize("order", ["-p no:cacheprovider {}", "{} -p no:cacheprovider"])
def test_blocking_in_addopts_works_in_any_order(project: Project, order: str) -> None:
    addopts = order.format("-p pytest_recall.plugin")
    project.write({"test_a.py": SHOW, "pytest.ini": f"[pytest]\naddopts = {addopts}\n"})

    assert whose(project, [], {}) == ["WHOSE None None builtins"]


def test_blocking_the_entry_point_gives_stock_back(project: Project) -> None:
    arguments, environment, files = WAYS["entry point"]
    project.write({"test_a.py": SHOW, **files})

    blocked = whose(project, [*arguments, "-p", "no:pytest_recall.plugin"], environment)

    assert blocked == [STOCK_MODULES]


def test_loading_twice_is_loading_once(project: Project) -> None:
    _arguments, environment, files = WAYS["entry point"]
    project.write({"test_a.py": SHOW, **files})
    twice = environment | {"PYTEST_PLUGINS": "pytest_recall.plugin"}

    assert whose(project, [*OURS], twice) == [OUR_MODULES]


def test_help_shows_each_option_once(project: Project) -> None:
    text = project.ours("--help").output

    for option in ("--lf", "--ff", "--nf", "--cache-show", "--cache-clear", "--lfnf", "--sw-reset"):
        lines = [
            line
            for line in text.splitlines()
            if line.strip().split(",")[0].split("=")[0].split(" ")[0] == option
        ]
        assert len(lines) == 1, option


def test_under_xdist_the_workers_use_ours_too(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import pathlib, pytest
            @pytest.mark.parametrize("number", range(4))
            def test_whose(request, number):
                provider = request.config.pluginmanager.get_plugin("cacheprovider")
                pathlib.Path(f"whose-{number}").write_text(provider.__name__)
            """
        }
    )

    project.process("-m", "pytest", "-n2", *OURS, PYTHONPATH=str(SOURCES))

    assert {file.read_text() for file in project.path.glob("whose-*")} == {"pytest_recall.provider"}


def test_names_and_attributes_that_other_plugins_read_are_there(project: Project) -> None:
    project.write(
        {
            "test_a.py": "def test_a(): assert 0\n",
            "conftest.py": """
            def pytest_terminal_summary(terminalreporter, config):
                if not config.option.lf:
                    return
                manager = config.pluginmanager
                lf = manager.get_plugin("lfplugin")
                seen = [
                    config.option.lf, lf.active, lf._skipped_files, list(map(str, lf.lastfailed)),
                    len(lf._last_failed_paths) > 0, len(lf.get_last_failed_paths()) > 0,
                    manager.get_plugin("lfplugin-collwrapper")._collected_at_least_one_failure,
                    manager.has_plugin("lfplugin-collskip"),
                    sorted(map(str, manager.get_plugin("nfplugin").cached_nodeids)),
                    manager.has_plugin("stepwiseplugin"),
                ]
                terminalreporter.write_line(f"SEEN {seen}")
            """,
        }
    )
    project.stock()
    stock = project.stock("--lf", "--sw").line("SEEN")

    ours = project.ours("--lf", "--sw").line("SEEN")

    assert stock
    assert ours == stock


def test_an_older_pytest_keeps_its_own_plugins_and_says_why(project: Project) -> None:
    project.write(
        {
            "test_a.py": SHOW,
            "sitecustomize.py": "import pytest\npytest.version_tuple = (7, 4, 4)\n",
        }
    )

    done = project.process(*("-m", "pytest", "-s", *OURS), PYTHONPATH=f"{project.path}:{SOURCES}")

    assert STOCK_MODULES in done.stdout
    assert "pytest-recall needs pytest 8.0 or newer, but older than 10" in done.stderr + done.stdout


def test_the_cache_fixture_is_ours_and_makedir_works(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            def test_a(cache):
                cache.set("my/value", {"z": 1, "a": "日本"})
                assert cache.get("my/value", None) == {"z": 1, "a": "日本"}
                assert cache.mkdir("mine").is_dir()
                assert cache.makedir("yours").check(dir=1)
            """
        }
    )

    assert project.ours().status == 0
    text = (project.path / ".pytest_cache/v/my/value").read_text("utf-8")
    assert text == '{\n  "z": 1,\n  "a": "日本"\n}'


def test_tox_env_dir_and_the_header_are_as_with_stock(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    variables = {"TOX_ENV_DIR": "tox/env", "PYTHONPATH": str(SOURCES)}

    stock = project.process("-m", "pytest", **variables).stdout
    ours = project.process("-m", "pytest", *OURS, **variables).stdout

    header = [line for line in stock.splitlines() if line.startswith("cachedir:")]
    assert header == ["cachedir: tox/env/.pytest_cache"]
    assert header[0] in ours
