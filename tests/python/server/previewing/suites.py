"""A strategy of projects in which the order of tests is not that of their names."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from hypothesis import strategies as st
from tests.python.server.discovery import suites as discovery
from tests.python.server.discovery.chances import rarely

FOLDERS = ("", "a", "a-b", "a_c", "Zoo", "tests", "tests/unit", "tests/Deep", "pkg", "pkg/sub")
STEMS = (
    "test_a",
    "test_b",
    "test_B",
    "test_c-d",
    "test_c",
    "test_10",
    "test_9",
    "Q_test",
    "z_test",
)
FIXTURES = {"fun": "function", "kls": "class", "mod": "module", "pac": "package", "ses": "session"}
VALUES = ("1", "2", "'x'", "(3, 4)", "[5]", "True")
CONFTEST = "import pytest\n" + "".join(
    f"@pytest.fixture(scope={scope!r})\ndef {name}(request): return request.param\n"
    for name, scope in FIXTURES.items()
)
TESTPATHS = (("tests", "a"), ("a", "pkg", "tests/unit"), ("Zoo", "a*"), ("pkg",))
PYTHON_FILES = ("__init__.py", "*.py")


@dataclass(frozen=True)
class Suite:
    """A project."""

    files: dict[str, str]
    folder: str = "."
    """Where it is opened."""
    wild: bool = False
    """There is everything that pytest collects in it, also what parsing cannot know."""


@dataclass
class _Module:
    """What names are taken."""

    number: int = 0
    classes: list[str] = field(default_factory=list)

    def name(self, stem: str) -> str:
        self.number += 1
        return f"{stem}_{self.number}"


@st.composite
def suites(draw: st.DrawFn) -> Suite:
    """Return a suite."""
    folders = draw(st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=3, unique=True))
    odd = draw(st.integers(0, 11))
    if odd == 10:
        # As texts, the paths in these are the other way round.
        folders = ["a", "a-b"]
    elif odd == 11:
        folders = ["pkg"]
    files = {"conftest.py": CONFTEST, "pytest.ini": _ini(draw, odd=odd == 11)}
    for folder in folders:
        names = draw(st.lists(st.sampled_from(STEMS), min_size=1, max_size=2, unique=True))
        if odd == 11:
            # That comes before `__init__.py`, if names alone are asked.
            names = ["Q_test"]
        # Without packages, no two files may have one name.
        is_package = folder.replace("/", "").isidentifier() and (odd == 11 or draw(st.booleans()))
        for at, _ in enumerate(folder.split("/")) if is_package else ():
            package = "/".join(folder.split("/")[: at + 1])
            files[f"{package}/__init__.py"] = "def test_init(): pass\n"
        mark = "" if is_package else f"_{FOLDERS.index(folder)}"
        for name in names:
            stem, _, end = name.partition("_test")
            file = f"{stem}{mark}_test.py" if name.endswith("_test") else f"{stem}{mark}{end}.py"
            files[f"{folder}/{file}".lstrip("/")] = draw(modules())
    if draw(rarely(4)):
        files[f"{folders[0]}/test_text.txt".lstrip("/")] = ">>> 1\n1\n"
    return Suite(files)


def _ini(draw: st.DrawFn, *, odd: bool) -> str:
    lines = ["[pytest]"]
    if draw(rarely(5)) and not odd:
        lines.append(f"testpaths = {' '.join(draw(st.sampled_from(TESTPATHS)))}")
    if odd or draw(rarely(5)):
        pattern = draw(st.sampled_from(PYTHON_FILES))
        lines.append(f"python_files = test_*.py *_test.py {pattern}")
    if draw(rarely(4)):
        lines.append("addopts = --doctest-modules")
    return "\n".join(lines) + "\n"


def wild_suites() -> st.SearchStrategy[Suite]:
    """Return suites as discovery is tried with."""
    return discovery.suites().map(lambda suite: Suite(suite.files, suite.folder, wild=True))


@st.composite
def modules(draw: st.DrawFn) -> str:
    """Return the source of a test file."""
    module = _Module()
    blocks = ["import unittest\nimport pytest\n"]
    kinds = ("function", "function", "function", "class", "class", "unittest", "documented")
    for _ in range(draw(st.integers(1, 2))):
        match draw(st.sampled_from(kinds)):
            case "function":
                blocks.append(_function(draw, module, ""))
            case "class":
                blocks.append(_class(draw, module, 0))
            case "unittest":
                blocks.append(
                    f"class {module.name('Case')}(unittest.TestCase):\n"
                    "    def test_b(self): pass\n    def test_a(self): pass\n"
                )
            case _:
                blocks.append(f'def {module.name("told")}():\n    """\n    >>> 1\n    1\n    """\n')
    if draw(rarely(8)):
        blocks.append("def test_again(): pass\n")
        blocks.insert(1, "def test_again(): pass\n")
    return "\n".join(blocks)


def _function(draw: st.DrawFn, module: _Module, receiver: str) -> str:
    marks: list[str] = []
    names: list[str] = []
    for letter in "pq"[: draw(st.sampled_from((0, 0, 0, 1, 1, 1, 2)))]:
        name, text = _mark(draw, letter)
        if name not in names:
            marks.append(text)
            names.append(name)
    arguments = ", ".join(filter(None, (receiver, *names)))
    body = "assert 0" if draw(rarely(12)) else "pass"
    head = "".join(f"@pytest.mark.{mark}\n" for mark in marks)
    return f"{head}def {module.name('test')}({arguments}): {body}\n"


def _mark(draw: st.DrawFn, letter: str) -> tuple[str, str]:
    """Return the argument's name and the mark that gives it values."""
    values = list(VALUES[: draw(st.sampled_from((1, 2, 2, 2, 3)))])
    if draw(rarely(12)):
        # Then its place in the mark is another than its value.
        values = list(draw(st.permutations(VALUES)))[:3]
    listed = f"[{', '.join(values)}]"
    how = draw(st.sampled_from(("plain", "scope", "indirect")))
    if how == "plain":
        return letter, f"parametrize({letter!r}, {listed})"
    scope = draw(st.sampled_from(tuple(FIXTURES.values())))
    if how == "scope":
        return letter, f"parametrize({letter!r}, {listed}, scope={scope!r})"
    name = draw(st.sampled_from(tuple(FIXTURES)))
    more = f", scope={scope!r}" if draw(rarely(5)) else ""
    return name, f"parametrize({name!r}, {listed}, indirect=True{more})"


def _class(draw: st.DrawFn, module: _Module, depth: int) -> str:
    name = module.name("Test")
    bases: list[str] = []
    if draw(st.booleans()) and module.classes:
        bases = draw(st.lists(st.sampled_from(module.classes), max_size=2, unique=True))
    body = [_function(draw, module, "self") for _ in range(draw(st.integers(1, 2)))]
    if depth < 1 and draw(rarely(4)):
        body.insert(draw(st.integers(0, len(body))), _class(draw, module, depth + 1))
    if draw(rarely(5)):
        body.append("def test_common(self): pass\n")
    mark = ""
    if draw(rarely(8)):
        mark = "@pytest.mark.parametrize('k', [1, 2], scope='class')\n"
        body = [each.replace("self", "self, k", 1) for each in body if not each.startswith("class")]
        bases = []
        body = [each for each in body if "@" not in each] or ["def test_k(self, k): pass\n"]
    elif depth == 0:
        module.classes.append(name)
    # The newer class is the more derived one, so that there is an order of resolution.
    written = ", ".join(sorted(bases, key=lambda base: -int(base.rpartition("_")[2])))
    return f"{mark}class {name}({written}):\n" + textwrap.indent("\n".join(body), "    ")
