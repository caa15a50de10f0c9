"""The tests found by parsing are those that pytest collects, in every odd little project."""

from __future__ import annotations

# ruff: noqa: E501 # a small file is easiest to read on one line
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from tests.python.server.collecting import Answer, collect
from tests.python.server.support import write_files

from pytest_recall_server.index.config import read_config
from pytest_recall_server.index.definitions import definitions
from pytest_recall_server.index.modules import Modules
from pytest_recall_server.index.walk import is_test_file, walk
from pytest_recall_server.model.ids import function_of
from pytest_recall_server.model.outline import Definition, Module

ONE = "def test_one(): pass\n"


@attrs.frozen
class Case:
    """A project, and the folder in it that is opened."""

    files: dict[str, str]
    folder: str = "."


CASES = {
    "no configuration at all": Case({"test_a.py": ONE, "b_test.py": ONE, "c.py": ONE}),
    "pytest.ini": Case(
        {"pytest.ini": "[pytest]\npython_files = check_*.py\n", "check_a.py": ONE, "test_b.py": ONE}
    ),
    "an empty pytest.ini": Case(
        {
            "pytest.ini": "",
            "tox.ini": "[pytest]\npython_files=x.py\n",
            "test_b.py": ONE,
            "x.py": ONE,
        }
    ),
    "a hidden ini": Case(
        {
            ".pytest.ini": "[pytest]\npython_functions = check\n",
            "test_a.py": "def check_a(): pass\ndef test_b(): pass\n",
        }
    ),
    "pytest.toml": Case(
        {"pytest.toml": "[pytest]\npython_files = ['x_*.py']\n", "x_a.py": ONE, "test_a.py": ONE}
    ),
    "pyproject.toml with native types": Case(
        {
            "pyproject.toml": "[tool.pytest]\npython_classes = ['Check', '*Suite']\n",
            "test_a.py": "class CheckA:\n    def test_x(self): pass\nclass ASuite:\n    def test_y(self): pass\nclass TestB:\n    def test_z(self): pass\n",
        }
    ),
    "pyproject.toml with ini options": Case(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\npython_functions = 'check example_*'\ntestpaths = ['a', 'b']\n",
            "a/test_a.py": "def check_a(): pass\ndef example_b(): pass\ndef test_c(): pass\n",
            "b/test_b.py": "def check_b(): pass\n",
            "c/test_c.py": "def check_c(): pass\n",
        }
    ),
    "a pyproject.toml without options": Case(
        {"pyproject.toml": "[project]\nname = 'x'\n", "sub/test_a.py": ONE}, "sub"
    ),
    "tox.ini": Case(
        {
            "tox.ini": "[tox]\nenvlist = py\n[pytest]\ntestpaths = tests\n",
            "tests/test_a.py": ONE,
            "test_b.py": ONE,
        }
    ),
    "setup.cfg": Case(
        {
            "setup.cfg": "[metadata]\nname = x\n[tool:pytest]\npython_files =\n    test_*.py\n    # a comment\n    more_*.py\n",
            "test_a.py": ONE,
            "more_b.py": ONE,
            "b_test.py": ONE,
        }
    ),
    "the first of several files wins": Case(
        {
            "pytest.ini": "[pytest]\n",
            "pyproject.toml": "[tool.pytest.ini_options]\npython_files = 'no.py'\n",
            "test_a.py": ONE,
        }
    ),
    "the ini file of a folder above": Case(
        {
            "pytest.ini": "[pytest]\ntestpaths = other\n",
            "sub/deep/test_a.py": ONE,
            "other/test_b.py": ONE,
        },
        "sub",
    ),
    "nested ini files": Case(
        {
            "pytest.ini": "[pytest]\n",
            "sub/pytest.ini": "[pytest]\npython_files = x.py\n",
            "sub/test_a.py": ONE,
            "sub/x.py": ONE,
            "test_b.py": ONE,
        }
    ),
    "opened at the nested ini file": Case(
        {
            "pytest.ini": "[pytest]\n",
            "sub/pytest.ini": "[pytest]\npython_files = x.py\n",
            "sub/test_a.py": ONE,
            "sub/x.py": ONE,
        },
        "sub",
    ),
    "a setup.py makes the root": Case({"setup.py": "", "sub/test_a.py": ONE}, "sub"),
    "testpaths with wildcards and files": Case(
        {
            "pytest.ini": "[pytest]\ntestpaths = p*/tests odd.py\n",
            "pa/tests/test_a.py": ONE,
            "pb/tests/test_b.py": ONE,
            "q/tests/test_c.py": ONE,
            "odd.py": ONE,
        }
    ),
    "testpaths that do not exist": Case(
        {"pytest.ini": "[pytest]\ntestpaths = nowhere\n", "test_a.py": ONE}
    ),
    "norecursedirs": Case(
        {
            "pytest.ini": "[pytest]\nnorecursedirs = skip* sub/deep\n",
            "skipped/test_a.py": ONE,
            "sub/deep/test_b.py": ONE,
            "sub/test_c.py": ONE,
            "build/test_d.py": ONE,
        }
    ),
    "folders that are passed over": Case(
        {
            "pytest.ini": "[pytest]\n",
            "build/test_a.py": ONE,
            "dist/test_b.py": ONE,
            ".hidden/test_c.py": ONE,
            "node_modules/x/test_d.py": ONE,
            "x.egg/test_e.py": ONE,
            "env/pyvenv.cfg": "",
            "env/lib/test_f.py": ONE,
            "conda/conda-meta/history": "",
            "conda/test_g.py": ONE,
            "good/test_h.py": ONE,
        }
    ),
    "collect_ignore": Case(
        {
            "pytest.ini": "[pytest]\n",
            "conftest.py": "collect_ignore = ['test_a.py', 'sub']\ncollect_ignore_glob = ['*_slow.py', 'x/*']\n",
            "test_a.py": ONE,
            "sub/test_b.py": ONE,
            "test_slow.py": ONE,
            "test_c_slow.py": ONE,
            "x/test_d.py": ONE,
            "y/test_e.py": ONE,
            "y/conftest.py": "collect_ignore = ['test_f.py']\n",
            "y/test_f.py": ONE,
            "y/test_a.py": ONE.replace("one", "two"),
        }
    ),
    "nested packages": Case(
        {
            "pytest.ini": "[pytest]\n",
            "p/__init__.py": "",
            "p/q/__init__.py": "",
            "p/q/test_a.py": ONE,
            "p/test_a.py": ONE,
        }
    ),
    "__init__.py as a test file": Case(
        {
            "pytest.ini": "[pytest]\npython_files = *.py\n",
            "p/__init__.py": ONE,
            "p/a.py": ONE,
            "conftest.py": "",
        }
    ),
    "classes": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "class TestA:\n    def test_x(self): pass\n    class TestInner:\n        def test_y(self): pass\n        class Other:\n            def test_no(self): pass\n    def helper(self): pass\nclass Other:\n    def test_no(self): pass\nclass TestWithInit:\n    def __init__(self): pass\n    def test_no(self): pass\nclass TestNo:\n    __test__ = False\n    def test_no(self): pass\nclass Yes:\n    __test__ = True\n    def test_yes(self): pass\n",
        }
    ),
    "inheritance": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "class Base:\n    def test_base(self): pass\n    def test_both(self): pass\nclass TestA(Base):\n    def test_own(self): pass\n    def test_both(self): pass\nclass TestB(TestA): pass\nclass Mixin:\n    def test_mixed(self): pass\nclass TestC(Mixin, TestA):\n    test_own = None\n",
        }
    ),
    "inheritance across files": Case(
        {
            "pytest.ini": "[pytest]\npythonpath = src\n",
            "base.py": "class BaseTests:\n    def test_base(self): pass\nclass TestImported:\n    def test_i(self): pass\ndef test_function(): pass\ndef helper(): pass\n",
            "src/lib.py": "import base\nclass More(base.BaseTests):\n    def test_more(self): pass\n",
            "test_a.py": "from base import *\nimport base as b\nfrom lib import More\nclass TestA(b.BaseTests): pass\nclass TestB(More): pass\n",
            "test_b.py": "from base import TestImported as TestRenamed, test_function, helper\n",
        }
    ),
    "relative imports": Case(
        {
            "pytest.ini": "[pytest]\n",
            "t/__init__.py": "",
            "t/common.py": "class Base:\n    def test_b(self): pass\n",
            "t/u/__init__.py": "",
            "t/u/test_a.py": "from ..common import Base\nfrom .. import common\nclass TestA(Base): pass\nclass TestB(common.Base): pass\n",
        }
    ),
    "imported tests switched off": Case(
        {
            "pytest.ini": "[pytest]\ncollect_imported_tests = false\n",
            "base.py": "def test_function(): pass\nclass TestX:\n    def test_x(self): pass\n",
            "test_a.py": "from base import test_function, TestX\n" + ONE,
        }
    ),
    "unittest": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "import unittest\nfrom unittest import TestCase, IsolatedAsyncioTestCase as Iso\nclass Things(TestCase):\n    def test_b(self): pass\n    def test_a(self): pass\n    def check_c(self): pass\n    testing = 3\nclass More(Things):\n    def test_c(self): pass\nclass Async(Iso):\n    async def test_async(self): pass\nclass Run(unittest.TestCase):\n    def runTest(self): pass\nclass NoTest(unittest.TestCase):\n    __test__ = False\n    def test_x(self): pass\n",
        }
    ),
    "parameters": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "import pytest\n@pytest.mark.parametrize('a', ['x::y', 'a[b]', '[', 'ü', 'sp ace', ''])\ndef test_p(a): pass\nclass TestX:\n    @pytest.mark.parametrize('a', [1, 2])\n    def test_q(self, a): pass\n",
        }
    ),
    "unicode": Case(
        {
            "pytest.ini": "[pytest]\n",
            "tést/test_größe.py": "def test_größe(): pass\nclass TestΩ:\n    def test_ß(self): pass\n",
            "te st[1]/test_a.py": ONE,
        }
    ),
    "async, decorated and conditional": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "import sys, functools, pytest\nasync def test_async(): pass\n@functools.wraps(len)\ndef test_wrapped(): pass\nif sys.version_info > (3,):\n    def test_if(): pass\ntry:\n    import nowhere_at_all\nexcept ImportError:\n    def test_except(): pass\nwith open(__file__) as f:\n    def test_with(): pass\nfor i in range(2):\n    def test_for(): pass\nif __name__ == '__main__':\n    def test_main(): pass\ntest_lambda = lambda: None\ntest_alias = test_if\ndef test_gone(): pass\ndel test_gone\ndef test_twice(): pass\ndef test_last(): pass\ndef test_twice(): pass\ndef test_shadowed(): pass\ntest_shadowed = 3\ndef test_off(): pass\ntest_off.__test__ = False\n",
        }
    ),
    "fixtures and other names": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "import pytest\n@pytest.fixture\ndef test_data(): return 1\n@pytest.fixture(scope='module')\ndef test_more(): return 1\ntest_number = 3\nclass TestA:\n    @property\n    def test_prop(self): return 1\n    @staticmethod\n    def test_static(): pass\n    @classmethod\n    def test_class(cls): pass\n    test_x = test_number\n    def testing(self): pass\n",
        }
    ),
    "classes with constructors of their bases": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "import enum, dataclasses, typing, abc\nclass TestColor(enum.Enum):\n    RED = 1\n    def test_no(self): pass\nclass TestError(ValueError):\n    def test_no(self): pass\n@dataclasses.dataclass\nclass TestData:\n    x: int = 1\n    def test_no(self): pass\nclass TestTuple(typing.NamedTuple):\n    x: int\nclass TestAbstract(abc.ABC):\n    @abc.abstractmethod\n    def make(self): pass\n    def test_x(self): pass\nclass TestConcrete(TestAbstract):\n    def make(self): pass\nT = typing.TypeVar('T')\nclass TestGeneric(typing.Generic[T]):\n    def test_g(self): pass\n",
        }
    ),
    "a whole module switched off": Case(
        {"pytest.ini": "[pytest]\n", "test_a.py": "__test__ = False\n" + ONE, "test_b.py": ONE}
    ),
    "crlf, tabs and a byte order mark": Case(
        {
            "pytest.ini": "[pytest]\n",
            "test_a.py": "\ufeffclass TestA:\r\n\tdef test_x(self):\r\n\t\tpass\r\n\f\r\ndef test_y(): pass\r\n",
        }
    ),
    "an ini with a cache elsewhere": Case(
        {"pytest.ini": "[pytest]\ncache_dir = ${A_FOLDER}/cache\n", "test_a.py": ONE}
    ),
    "a cache below": Case(
        {"pytest.ini": "[pytest]\ncache_dir: build/the cache\n", "test_a.py": ONE}
    ),
}


def parsed_ids(folder: Path) -> tuple[str, list[str], str]:
    """Return the rootdir, the ids that parsing finds (without parameters) and the cache."""
    config = read_config(str(folder), {})
    modules = Modules(config.rootdir, ("", "src", *config.python_path))

    def ids(path: str, items: tuple[Definition, ...]) -> Iterator[str]:
        for item in items:
            own = f"{path}::{item.name}"
            if item.kind == "function":
                yield own
            yield from ids(own, item.children)

    found: list[str] = []
    for file in walk(config):
        assert is_test_file(config, str(Path(config.rootdir, file.path)))
        entry = modules.outline(file.path)
        assert entry is not None
        if isinstance(entry[1], Module):
            found += ids(file.path, definitions(file.path, entry[1], config.rules, modules))
    return config.rootdir, found, config.cache_dir


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Answer]]:
    """Return for each case its folder and what pytest says about it."""
    folders = {}
    for number, (name, case) in enumerate(CASES.items()):
        root = write_files(tmp_path_factory.mktemp(f"case{number}"), case.files)
        folders[name] = root / case.folder
    said = collect(list(folders.values()))
    return {
        name: (folder, answer) for (name, folder), answer in zip(folders.items(), said, strict=True)
    }


@pytest.mark.parametrize("name", CASES)
def test_parsing_finds_what_pytest_collects(
    name: str, answers: dict[str, tuple[Path, Answer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_FOLDER", "elsewhere")
    folder, (root, ids, cache) = answers[name]
    assert ids

    found_root, found, found_cache = parsed_ids(folder)

    assert found == list(dict.fromkeys(map(function_of, ids)))
    assert (found_root, found_cache) == (root, cache)
