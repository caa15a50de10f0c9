"""Which cache directory is meant: exactly pytest's, without running anything of the project's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python.plugin.support import ROOT, SOURCES, Project

VERSIONS = ("8.0.2", "8.4.2", "9.2.0")

# Asks for all cases first, so that what pytest itself then loads cannot help.
SCRIPT = """
import contextlib, io, json, os, sys
from pathlib import Path
import pytest
from pytest_recall.whichcache import ConfigurationError, configured

def state():
    return dict(os.environ), os.getcwd(), list(sys.path)

def ask(folder):
    try:
        return str(configured(folder).cachedir)
    except ConfigurationError as exc:
        return str(exc)

def reference():
    with contextlib.redirect_stdout(io.StringIO()) as output:
        pytest.main(["--cache-show", "-s"])
    lines = output.getvalue().splitlines()
    # The header has one, too, relative to the rootdir.
    return [line[10:] for line in lines if line.startswith("cachedir: ")][-1]

answers = []
cases = json.loads(Path("cases.json").read_text())
for what in (ask, reference):
    for case in cases:
        os.chdir(case["folder"])
        os.environ.update(case["environment"])
        before = state()
        if what is ask:
            folder = case.get("rootdir")
            answers.append(ask(Path(folder) if folder else None))
            assert state() == before, case
            assert not {"conftest", "plug"} & set(sys.modules), case
        else:
            answers.append(reference())
            sys.path[:] = before[2]
            for name in {"conftest", "plug"} & set(sys.modules):
                del sys.modules[name]
        for name in case["environment"]:
            del os.environ[name]
print(json.dumps(answers))
"""

PLUG = "def pytest_addoption(parser): parser.addoption('--plug')\n"
Case = tuple[str, str, dict[str, str]]
CASES: dict[str, Case] = {
    "default": ("pytest.ini", "[pytest]\n", {}),
    "relative": ("pytest.ini", "[pytest]\ncache_dir = build/cache\n", {}),
    "variable": ("pytest.ini", "[pytest]\ncache_dir = $PLACE/cache\n", {"PLACE": "/place"}),
    "home": ("pytest.ini", "[pytest]\ncache_dir = ~/cache\n", {"HOME": "/home/somebody"}),
    "absolute": ("pytest.ini", "[pytest]\ncache_dir = /somewhere/cache\n", {}),
    "hidden": (".pytest.ini", "[pytest]\ncache_dir = hidden\n", {}),
    "tox": ("tox.ini", "[pytest]\ncache_dir = of_tox\n", {}),
    "setup": ("setup.cfg", "[tool:pytest]\ncache_dir = of_setup\n", {}),
    "toml": ("pyproject.toml", "[tool.pytest.ini_options]\ncache_dir = 'of_toml'\n", {}),
    "environment": ("pytest.ini", "[pytest]\n", {"TOX_ENV_DIR": "/tox"}),
    "addopts": (
        "pytest.ini",
        "[pytest]\naddopts = -p plug --plug=1 -o cache_dir=overridden\n",
        {},
    ),
    "variable-addopts": (
        "pytest.ini",
        "[pytest]\ncache_dir = not_this\n",
        {"PYTEST_ADDOPTS": "-p plug --plug 1 -o cache_dir=this", "PYTEST_PLUGINS": "plug"},
    ),
    "other-ini": (
        "sub/other.ini",
        "[pytest]\ncache_dir = of_other\n",
        {"PYTEST_ADDOPTS": "-c sub/other.ini -q"},
    ),
    "strict": ("pytest.ini", "[pytest]\naddopts = --strict-config\ncache_dir = strict\n", {}),
    "filters": (
        "pytest.ini",
        "[pytest]\nfilterwarnings = error\npythonpath = sub\ncache_dir = filtered\n",
        {},
    ),
}
# pytest 9.2 itself fails with this one.
OUTWARD: dict[str, Case] = {"outward": ("pytest.ini", "[pytest]\ncache_dir = ../cache\n", {})}
NATIVE: dict[str, Case] = {
    "native": ("pyproject.toml", "[tool.pytest]\ncache_dir = 'native'\naddopts = ['-q']\n", {}),
    "pytest-toml": ("pytest.toml", "[pytest]\ncache_dir = 'of_pytest_toml'\nstrict = true\n", {}),
}


def write_case(folder: Path, name: str, text: str) -> None:
    """Make a project with one ini file, whose conftest and plugin must not be loaded."""
    (folder / "sub").mkdir(parents=True)
    (folder / name).write_text(text)
    (folder / "conftest.py").write_text("loaded = True\n")
    (folder / "plug.py").write_text(PLUG)
    (folder / "sub" / "plug.py").write_text(PLUG)


def answers_of(
    folder: Path, version: str, cases: list[dict[str, object]]
) -> Iterator[tuple[str, str]]:
    """Yield what we say of each case and what pytest does."""
    (folder / "cases.json").write_text(json.dumps(cases))
    path = os.pathsep.join([str(ROOT / "build" / "pytests" / version), str(SOURCES)])
    done = Project(folder).process(
        "-c", SCRIPT, PYTHONPATH=path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"
    )
    assert done.stdout, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    assert len(answers) == 2 * len(cases)
    yield from zip(answers[: len(cases)], answers[len(cases) :], strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_the_one_that_pytest_uses(tmp_path: Path, version: str) -> None:
    if not (ROOT / "build" / "pytests" / version / "ready").exists():
        pytest.skip("test_interoperation.py installs this version")
    found = CASES | (NATIVE if version.startswith("9") else OUTWARD)
    cases: list[dict[str, object]] = []
    for name, (file, text, environment) in found.items():
        write_case(tmp_path / name, file, text)
        folders = [tmp_path / name, tmp_path / name / "sub"]
        if "-c " in str(environment):
            del folders[1]
        cases += [{"folder": str(folder), "environment": environment} for folder in folders]

    for case, (ours, pytests) in zip(cases, answers_of(tmp_path, version, cases), strict=True):
        assert pytests, case
        assert Path(ours) == Path(os.path.normpath(pytests)), case


def test_a_rootdir_given_counts_with_its_own_ini_file(tmp_path: Path) -> None:
    write_case(tmp_path / "one", "pytest.ini", "[pytest]\ncache_dir = of_one\n")
    write_case(tmp_path / "two", "setup.cfg", "[metadata]\nname = x\n")
    rootdirs = ["one", "two"]
    cases: list[dict[str, object]] = [
        {"folder": str(tmp_path / "two"), "environment": {}, "rootdir": str(tmp_path / name)}
        for name in rootdirs
    ]

    ours = [answer[0] for answer in answers_of(tmp_path, "9.2.0", cases)]

    assert ours == [str(tmp_path / "one" / "of_one"), str(tmp_path / "two" / ".pytest_cache")]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "no ini\n"),
        ("pyproject.toml", "[tool.pytest.ini_options\n"),
        ("pytest.ini", "[pytest]\nminversion = 99\n"),
        ("pytest.ini", "[pytest]\naddopts = -o nothing\n"),
    ],
)
def test_what_pytest_cannot_read_is_said_in_one_line(tmp_path: Path, file: str, text: str) -> None:
    write_case(tmp_path / "broken", file, text)
    (tmp_path / "broken" / ".pytest_cache").mkdir()

    done = Project(tmp_path).process(
        "-m", "pytest_recall", "doctor", "--rootdir=broken", PYTHONPATH=str(SOURCES)
    )
    direct = Project(tmp_path).process(
        *("-m", "pytest_recall", "doctor", "--rootdir=broken"),
        "--cache-dir=broken/.pytest_cache",
        PYTHONPATH=str(SOURCES),
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "--cache-dir" in done.stderr
    assert direct.returncode == 0


def test_without_pytest_only_cache_dir_helps(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(
        "import sys\nsys.modules['_pytest'] = None\nsys.modules['pytest'] = None\n"
    )
    (tmp_path / ".pytest_cache").mkdir()
    path = os.pathsep.join([str(tmp_path / "hidden"), str(SOURCES)])

    def doctor(*arguments: str) -> tuple[int, str]:
        project = Project(tmp_path)
        done = project.process("-m", "pytest_recall", "doctor", *arguments, PYTHONPATH=path)
        return done.returncode, done.stdout + done.stderr

    without = doctor()
    with_directory = doctor("--cache-dir", ".pytest_cache")

    assert without[0] == 2
    assert "pytest cannot be imported" in without[1]
    assert "--cache-dir" in without[1]
    assert with_directory[0] == 0


@pytest.mark.parametrize("name", ["pytest", "argparse", "json", "dataclasses", "pytest_recall_x"])
def test_a_module_of_the_working_directory_is_not_imported(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the project')\n")
    (tmp_path / ".pytest_cache").mkdir()

    done = Project(tmp_path).process("-m", "pytest_recall", "doctor", PYTHONPATH=str(SOURCES))

    assert (done.returncode, done.stderr) == (0, "")


def test_a_category_of_a_warnings_filter_is_not_imported(tmp_path: Path) -> None:
    project = Project(tmp_path)
    text = "[pytest]\npythonpath = src\nfilterwarnings = error::trap.Category\n"
    (tmp_path / "pytest.ini").write_text(text)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "trap.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / ".pytest_cache").mkdir()
    path = os.pathsep.join([str(SOURCES), str(tmp_path / "src")])

    done = project.process("-m", "pytest_recall", "doctor", PYTHONPATH=path)

    assert (done.returncode, done.stderr) == (0, "")
