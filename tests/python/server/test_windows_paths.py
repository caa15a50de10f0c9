"""Paths of Windows in the pure functions that see them: drives, backslashes, shares and case."""

from __future__ import annotations

import ntpath
import os
from types import ModuleType, SimpleNamespace

import pytest

from pytest_recall_server.imports import traces
from pytest_recall_server.index import config, walk
from pytest_recall_server.lsp import present, uris
from pytest_recall_server.project import placing


@pytest.fixture(autouse=True)
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the modules see the `os` of Windows; nothing here asks a file system."""
    like_windows = SimpleNamespace(**{**vars(os), "path": ntpath, "sep": "\\", "altsep": "/"})
    modules: tuple[ModuleType, ...] = (config, walk, present, uris, placing)
    for module in modules:
        monkeypatch.setattr(module, "os", like_windows)
    monkeypatch.setattr(uris, "_WINDOWS", True)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (r"c:\Shop\tests\test_till.py", "file:///c%3A/Shop/tests/test_till.py"),
        (r"c:\my shop\größe#1.py", "file:///c%3A/my%20shop/gr%C3%B6%C3%9Fe%231.py"),
        (r"\\server\share\test_till.py", "file://server/share/test_till.py"),
    ],
)
def test_a_path_and_its_uri_as_vs_code_spells_it_are_one_another(path: str, uri: str) -> None:
    assert uris.uri_of(path) == uri
    assert uris.path_of_uri(uri) == path


@pytest.mark.parametrize(
    "uri", ["file:///C:/Shop/t.py", "file:///c:/Shop/t.py", "file:///C%3A/Shop/t.py"]
)
def test_a_drive_has_one_spelling(uri: str) -> None:
    assert uris.path_of_uri(uri) == r"c:\Shop\t.py"
    assert uris.uri_of(r"C:\Shop\t.py") == "file:///c%3A/Shop/t.py"


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        (r"c:\shop\tests\t.py", r"c:\shop", True),
        (r"C:\Shop\tests\t.py", r"c:\shop", True),
        (r"c:\shop", r"C:\SHOP", True),
        (r"c:\shop\t.py", "c:\\", True),
        (r"c:\shopping\t.py", r"c:\shop", False),
        (r"d:\shop\t.py", r"c:\shop", False),
        (r"\\server\share\t.py", r"\\SERVER\share", True),
    ],
)
def test_a_folder_holds_what_is_below_it_in_any_case(
    path: str, folder: str, expected: bool
) -> None:
    assert config.is_in(path, folder) is expected


@pytest.mark.parametrize(
    ("rootdir", "path", "expected"),
    [
        (r"c:\shop", r"c:\shop\tests\till\t.py", "tests/till/t.py"),
        (r"C:\Shop", r"c:\shop\tests\Till.py", "tests/Till.py"),
        ("c:\\", r"c:\t.py", "t.py"),
        (r"c:\shop\api", r"c:\shop\tests\t.py", "../tests/t.py"),
        (r"\\server\share", r"\\server\share\tests\t.py", "tests/t.py"),
    ],
)
def test_node_ids_have_slashes(rootdir: str, path: str, expected: str) -> None:
    assert walk.relative_path(rootdir, path) == expected


def test_a_root_is_named_by_the_way_to_it() -> None:
    folders = [r"c:\shop", r"d:\till"]

    assert present.root_name(r"c:\shop", folders) == "shop"
    assert present.root_name(r"c:\shop\libs\prices", folders[:1]) == "libs/prices"
    assert present.root_name(r"c:\shop\libs\prices", folders) == "shop/libs/prices"


def test_tracebacks_of_another_windows_are_mapped_to_files_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = {"tests/test_till.py", "shop/till.py"}
    monkeypatch.setattr(placing.Placing, "_is_file", lambda _self, path: path in here)
    text = (
        "D:\\a\\shop\\shop\\tests\\test_till.py:4: in test_total\n"
        "D:\\a\\shop\\shop\\shop\\till.py:9: AssertionError\n"
        "C:\\Python\\Lib\\json\\decoder.py:355: JSONDecodeError\n"
    )

    found = placing.Placing(r"c:\shop").frames(traces.places_in(text), "tests/test_till.py")

    assert [(path, entry.line) for path, entry in found] == [
        ("tests/test_till.py", 4),
        ("shop/till.py", 9),
    ]
