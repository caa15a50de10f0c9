"""Without importing pytest the commands find the cache that pytest would use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.python.cli.support import Commands
from tests.python.plugin.support import Project

from pytest_recall.whichcache import configured
from pytest_recall_server.cli.root import located

CASES: list[tuple[dict[str, str], str, str, str]] = [
    # Files, the working directory, PYTEST_ADDOPTS, --rootdir.
    ({"pytest.ini": "[pytest]\n"}, ".", "", ""),
    ({"pytest.ini": "[pytest]\n"}, "sub", "", ""),
    ({"pytest.ini": "[pytest]\ncache_dir = x/y\n"}, "sub", "", ""),
    ({"pyproject.toml": '[tool.pytest.ini_options]\ncache_dir = "x"\n'}, ".", "", ""),
    ({"pytest.ini": "[pytest]\naddopts = -o cache_dir=added\n"}, ".", "", ""),
    ({"pytest.ini": "[pytest]\naddopts = -q -o cache_dir=added\n"}, ".", "-o cache_dir=env", ""),
    ({"pytest.ini": "[pytest]\naddopts = --rootdir=sub\n"}, ".", "", ""),
    ({"pytest.ini": "[pytest]\naddopts = -c cfg/o.ini\n", "cfg/o.ini": "[pytest]\n"}, ".", "", ""),
    ({"pytest.ini": "[pytest]\n", "cfg/o.ini": "[pytest]\ncache_dir=o\n"}, ".", "-c cfg/o.ini", ""),
    (
        {"pytest.ini": "[pytest]\n", "cfg/o.cfg": "[tool:pytest]\ncache_dir=o\n"},
        *(".", "-c cfg/o.cfg --rootdir=.", ""),
    ),
    ({"pytest.ini": "[pytest]\ncache_dir=x\n"}, ".", "--rootdir=sub", ""),
    ({"pytest.ini": "[pytest]\ncache_dir=x\n"}, ".", "", "sub"),
    ({"pytest.ini": "[pytest]\n", "sub/pytest.ini": "[pytest]\ncache_dir=y\n"}, ".", "", "sub"),
    ({"pytest.ini": "[pytest]\n", "sub/pytest.ini": "[pytest]\ncache_dir=y\n"}, "sub", "", "."),
    ({"pytest.ini": "[pytest]\n"}, ".", "-o cache_dir=$HOME/there", ""),
    ({"pytest.ini": "[pytest]\n"}, ".", "-o cache_dir=/absolute", ""),
    ({"pytest.ini": "[pytest]\n"}, ".", "'unbalanced", ""),
]


@pytest.mark.parametrize("case", CASES, ids=[str(number) for number in range(len(CASES))])
def test_the_place_is_the_one_that_the_doctor_is_told_by_pytest(
    project: Project, recall: Commands, case: tuple[dict[str, str], str, str, str]
) -> None:
    files, folder, added, asked = case
    (project.path / "pytest.ini").unlink()
    (project.path / "sub").mkdir()
    project.write(files)
    recall.patch.chdir(project.path / folder)
    recall.patch.setenv("PYTEST_ADDOPTS", added)
    rootdir = Path(os.path.normpath(project.path / asked)) if asked else None

    found = located(None, rootdir, dict(os.environ))

    expected = configured(rootdir)
    assert (found.cache_dir, found.rootdir) == (str(expected.cachedir), str(expected.rootdir))


def test_a_configuration_that_cannot_be_understood_is_said(
    project: Project, recall: Commands
) -> None:
    project.write({"test_a.py": ""})
    project.ours()
    recall.patch.setenv("PYTEST_ADDOPTS", "-c nosuch.ini")
    missing = recall("status")
    recall.patch.setenv("PYTEST_ADDOPTS", "-c")
    unfinished = recall("status")

    assert (missing.status, "nosuch.ini cannot be read" in missing.errors) == (2, True)
    assert (unfinished.status, "PYTEST_ADDOPTS cannot be understood" in unfinished.errors) == (
        2,
        True,
    )


def test_a_cache_of_another_project_is_read_by_its_own_rootdir(
    project: Project, recall: Commands, tmp_path: Path
) -> None:
    project.write({"test_a.py": "def test_1(): assert 0\ndef test_2(): pass\n"})
    project.ours()
    other = Project(tmp_path.resolve() / "other")
    recall.patch.chdir(other.path)

    found = recall("status", "--cache-dir", str(project.path / ".pytest_cache"), "--json").json

    assert (found["rootdir"], found["failed"], found["tests"]) == (str(project.path), 1, 2)
