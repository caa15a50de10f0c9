"""Which roots a workspace has: those of its folders, and those that lie in them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.server.support import write_files

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.roots import bring_or_take_roots, find_roots
from pytest_recall_server.index.walk import is_test_file, walk, walk_below
from pytest_recall_server.lsp.present import root_name

TEST = "def test_one(): ...\n"
INI = "[pytest]\n"


def roots_of(top: Path, folders: Iterable[str] = (".",)) -> dict[str, Config]:
    """Return the roots of *folders* below *top*, by their paths relative to it."""
    found = find_roots([os.path.normpath(top / each) for each in folders], {})
    return {os.path.relpath(root, top): config for root, config in found.items()}


def files_of(config: Config) -> list[str]:
    return [file.path for file in walk(config)]


CONFIGURATIONS = {
    "pytest.ini": INI,
    "an empty pytest.ini": "",
    ".pytest.ini": INI,
    "pytest.toml": "[pytest]\n",
    ".pytest.toml": "",
    "pyproject.toml": "[tool.pytest]\naddopts = ['-q']\n",
    "pyproject.toml with ini options": "[tool.pytest.ini_options]\naddopts = '-q'\n",
    "pyproject.toml with no ini option": "[tool.pytest.ini_options]\n",
    "tox.ini": INI,
    "setup.cfg": "[tool:pytest]\n",
}
OTHERS = {
    "pyproject.toml": "[project]\nname = 'a'\n",
    "pyproject.toml with no option": "[tool.pytest]\n",
    "tox.ini": "[tox]\n",
    "setup.cfg": "[metadata]\n",
    "setup.py": "",
    "a broken pyproject.toml": "[project\n",
}


def name_in(title: str) -> str:
    return next(word for word in title.split() if "." in word)


@pytest.mark.parametrize("title", CONFIGURATIONS)
def test_a_folder_with_a_configuration_of_pytest_is_a_root(tmp_path: Path, title: str) -> None:
    configuration = {f"sub/{name_in(title)}": CONFIGURATIONS[title]}
    top = write_files(tmp_path, {"pytest.ini": INI, "sub/test_a.py": TEST, **configuration})

    roots = roots_of(top)

    assert list(roots) == [".", "sub"]
    assert (files_of(roots["."]), files_of(roots["sub"])) == ([], ["test_a.py"])
    assert roots["sub"].folder == str(top / "sub")


@pytest.mark.parametrize("title", OTHERS)
def test_a_folder_with_other_configuration_is_none(tmp_path: Path, title: str) -> None:
    other = {f"sub/{name_in(title)}": OTHERS[title]}
    top = write_files(tmp_path, {"pytest.ini": INI, "sub/test_a.py": TEST, **other})

    roots = roots_of(top)

    assert list(roots) == ["."]
    assert files_of(roots["."]) == ["sub/test_a.py"]


def test_a_configuration_of_pytest_that_cannot_be_read_keeps_its_root(tmp_path: Path) -> None:
    half = {"a/pytest.ini": "[pytest\n", "b/pyproject.toml": "[tool.pytest]\naddopts = [\n"}
    top = write_files(tmp_path, {"pytest.ini": INI, **half})

    roots = roots_of(top)

    assert list(roots) == [".", "a", "b"]
    assert [len(config.problems) for config in roots.values()] == [0, 1, 1]


@pytest.mark.parametrize(
    "files",
    [
        {"pytest.ini": "[pytest]\nnorecursedirs = sub\n"},
        {"conftest.py": "collect_ignore = ['sub']\n", "pytest.ini": INI},
        {"conftest.py": "collect_ignore_glob = ['s*']\n", "pytest.ini": INI},
        {"sub/pyvenv.cfg": "", "pytest.ini": INI},
        {"sub/conda-meta/history": "", "pytest.ini": INI},
    ],
)
def test_where_pytest_does_not_look_there_is_no_root(tmp_path: Path, files: dict[str, str]) -> None:
    nested = {"sub/x/pytest.ini": INI, "sub/x/test_a.py": TEST}

    assert list(roots_of(write_files(tmp_path, {**files, **nested}))) == ["."]


def test_roots_are_found_outside_of_the_test_paths_and_in_other_roots_by_their_rules(
    tmp_path: Path,
) -> None:
    top = write_files(
        tmp_path,
        {
            "pytest.ini": "[pytest]\ntestpaths = tests\n",
            "tests/test_a.py": TEST,
            "tests/own/pytest.ini": INI,
            "libs/one/tox.ini": "[pytest]\nnorecursedirs = left\n",
            "libs/one/test_b.py": TEST,
            "libs/one/deep/er/setup.cfg": "[tool:pytest]\n",
            "libs/one/deep/er/test_c.py": TEST,
            "libs/one/left/pytest.ini": INI,
            # The default leaves it out, but here another rule holds.
            "libs/one/build/pytest.ini": INI,
        },
    )

    roots = roots_of(top)

    assert sorted(roots) == [
        ".",
        "libs/one",
        "libs/one/build",
        "libs/one/deep/er",
        "tests/own",
    ]
    assert files_of(roots["."]) == ["tests/test_a.py"]
    assert files_of(roots["libs/one"]) == ["test_b.py"]
    assert [os.path.relpath(one, top) for one in roots["."].nested] == ["libs/one", "tests/own"]


def test_without_any_configuration_around_them_roots_are_found_too(tmp_path: Path) -> None:
    top = write_files(tmp_path, {"a/pytest.ini": INI, "a/test_a.py": TEST, "test_b.py": TEST})

    roots = roots_of(top)

    assert {root: files_of(config) for root, config in roots.items()} == {
        ".": ["test_b.py"],
        "a": ["test_a.py"],
    }


def test_test_paths_that_are_roots_are_left_to_them(tmp_path: Path) -> None:
    top = write_files(
        tmp_path,
        {
            "pytest.ini": "[pytest]\ntestpaths = a b\n",
            "a/pytest.ini": INI,
            "a/test_a.py": TEST,
            "b/test_b.py": TEST,
        },
    )

    roots = roots_of(top)

    assert files_of(roots["."]) == ["b/test_b.py"]
    assert not is_test_file(roots["."], str(top / "a/test_a.py"))
    assert list(walk_below(roots["."], str(top / "a"))) == []


def test_a_workspace_folder_in_another_has_its_files_to_itself(tmp_path: Path) -> None:
    top = write_files(tmp_path, {"a/test_a.py": TEST, "a/b/test_b.py": TEST, "a/b/c/tox.ini": INI})

    for folders in (("a", "a/b"), ("a/b", "a")):
        roots = roots_of(top, folders)
        assert {root: files_of(config) for root, config in roots.items()} == {
            "a": ["test_a.py"],
            "a/b": ["test_b.py"],
            "a/b/c": [],
        }


def test_a_folder_in_a_root_shares_it_also_where_that_is_found_from_above(tmp_path: Path) -> None:
    top = write_files(
        tmp_path,
        {"one/pytest.ini": INI, "one/in/test_a.py": TEST, "one/test_b.py": TEST},
    )

    for folders in (("one/in", "."), (".", "one/in")):
        roots = roots_of(top, folders)
        assert sorted(roots) == [".", "one"]
        assert roots["one"].starts == (str(top / "one"),)
        assert not roots["one"].several
        assert files_of(roots["one"]) == ["in/test_a.py", "test_b.py"]


def test_a_root_that_links_lead_to_is_one_root_spelled_without_them(tmp_path: Path) -> None:
    top = write_files(tmp_path, {"top/real/pytest.ini": INI, "top/real/test_a.py": TEST}) / "top"
    (top / "a_link").symlink_to("real")
    (top / "real/above").symlink_to("..")

    roots = roots_of(top)

    assert sorted(roots) == [".", "real"]
    assert (files_of(roots["."]), files_of(roots["real"])) == ([], ["test_a.py"])


def test_a_root_that_only_a_link_leads_to_is_spelled_with_it(tmp_path: Path) -> None:
    write_files(tmp_path, {"far/pytest.ini": INI, "far/test_a.py": TEST, "top/x": ""})
    (tmp_path / "top/link").symlink_to("../far")

    roots = roots_of(tmp_path, ["top"])

    assert sorted(roots) == ["top", "top/link"]
    assert files_of(roots["top/link"]) == ["test_a.py"]


def test_no_root_is_another_one_because_one_comes_in_it(tmp_path: Path) -> None:
    top = write_files(tmp_path, {"pytest.ini": INI, "sub/test_a.py": TEST})
    before = roots_of(top)["."]
    (top / "sub/pytest.ini").write_text(INI)

    after = roots_of(top)["."]

    assert (before, before.nested, len(after.nested)) == (after, (), 1)


def test_a_folder_that_is_moved_brings_or_takes_roots(tmp_path: Path) -> None:
    files = {"pytest.ini": INI, "a/b/pytest.ini": INI, "c/d/test_a.py": TEST}
    top = write_files(tmp_path, files)
    known = find_roots([str(top)], {})

    def changed(path: str) -> bool:
        return bring_or_take_roots([str(top / path)], known)

    assert not any(map(changed, ["a", "a/b", "c", "nowhere", "pytest.ini", "../elsewhere"]))
    (top / "a").rename(top / "c/e")
    assert changed("a")
    assert changed("c")
    assert changed("c/e")
    (top / "c/e").rename(top / "build")
    assert not changed("build")


def test_a_folder_that_is_moved_into_the_second_folder_of_a_root_brings_roots(
    tmp_path: Path,
) -> None:
    top = write_files(tmp_path, {"pytest.ini": INI, "a/x.py": "", "b/x.py": "", "c/pytest.ini": ""})
    known = find_roots([str(top / "a"), str(top / "b")], {})
    assert list(known) == [str(top)]

    (top / "c").rename(top / "b/c")

    assert bring_or_take_roots([str(top / "b/c")], known)
    assert not bring_or_take_roots([str(top / "c"), str(top / "a")], known)


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["/x/shop"], {"/x/shop": "shop", "/x/shop/libs/a": "libs/a"}),
        (["/x/shop/in"], {"/x/shop": "shop", "/x/shop/in/a": "a"}),
        (["/x/shop", "/y/bar"], {"/x/shop/libs/a": "shop/libs/a", "/y/bar": "bar"}),
        (["/x/shop", "/x/shop/libs"], {"/x/shop/libs/a": "libs/a", "/x/shop/libs": "libs"}),
        (["/"], {"/": "/", "/a/b": "a/b"}),
    ],
)
def test_a_root_is_named_by_the_way_to_it(folders: list[str], names: dict[str, str]) -> None:
    assert {root: root_name(root, folders) for root in names} == names


# What pytest itself says.

LAYOUTS: dict[str, dict[str, str]] = {
    "a monorepo": {
        "pytest.ini": INI,
        "a/pytest.ini": INI,
        "a/tests/unit/test_a.py": TEST,
        "b/pyproject.toml": "[tool.pytest.ini_options]\n",
        "b/test_b.py": TEST,
        "c/pyproject.toml": "[project]\nname = 'c'\n",
        "c/test_c.py": TEST,
        "d/setup.py": "",
        "d/test_d.py": TEST,
    },
    "packages without a configuration around them": {
        "a/setup.cfg": "[tool:pytest]\n",
        "a/test_a.py": TEST,
        "b/tox.ini": INI,
        "b/c/.pytest.ini": "",
        "b/c/test_c.py": TEST,
        "b/d/tox.ini": "[tox]\n",
        "b/d/test_d.py": TEST,
    },
    "a pyproject.toml around": {
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
        "tests/test_a.py": TEST,
        "tests/in/tox.ini": "[pytest]\n",
        "tests/in/test_b.py": TEST,
        "other/setup.cfg": "[tool:pytest]\n",
        "other/sub/pytest.ini": "",
        "other/sub/test_c.py": TEST,
    },
    "several configurations in one folder": {
        "setup.cfg": "[tool:pytest]\n",
        "a/tox.ini": "[tox]\n",
        "a/setup.cfg": "[tool:pytest]\n",
        "a/pyproject.toml": "[project]\nname = 'a'\n",
        "a/test_a.py": TEST,
        "a/b/pyproject.toml": "[tool.pytest]\n",
        "a/b/test_b.py": TEST,
    },
}


def rootdir_of_pytest(folder: Path, argument: str) -> str:
    """Return what a real pytest says that the root of *argument* is, in *folder*."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", argument],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.search(r"^rootdir: (.*)$", done.stdout, re.MULTILINE)
    assert said is not None, done.stdout + done.stderr
    return said[1]


@pytest.mark.parametrize("title", LAYOUTS)
def test_the_root_of_a_file_is_the_one_that_pytest_finds(tmp_path: Path, title: str) -> None:
    top = write_files(tmp_path, LAYOUTS[title])
    roots = roots_of(top)

    for root, config in roots.items():
        asked = {root, *(str(Path(root, each).parent) for each in files_of(config))}
        for folder in asked:
            # A folder that is opened is the root by itself where nothing says another.
            start = top if root != "." else top / folder
            argument = folder if root != "." else "."
            if root == "." and config.file is None:
                start, argument = top, "."
            said = rootdir_of_pytest(start, argument)
            assert os.path.relpath(said, top) == root, (folder, said)
    files = {path for path in LAYOUTS[title] if "test_" in path}
    inside = {str(Path(root, each)) for root, config in roots.items() for each in files_of(config)}
    assert inside == files
