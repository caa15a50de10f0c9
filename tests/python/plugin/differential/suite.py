"""Test suites and scripts of edits and runs, as values, and strategies that make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import indent

from hypothesis import strategies as st
from tests.python.plugin.differential.behaviours import (
    FIXTURES,
    FUNCTIONS,
    METHODS,
    Behaviour,
    source_of,
)


@dataclass(frozen=True)
class Test:
    """One test, or one with parameters."""

    __test__ = False

    name: str
    behaviour: str
    parameters: tuple[str, ...] = ()
    """For each parameter its behaviour, `pass` or `fail`; a TestCase's test has none."""
    place: str = ""
    """Nothing for a function, `TestC` for a method of a class, `TestU` for one of a TestCase."""
    generation: int = 0
    """Part of the parameters' ids, so that an edit can change them."""

    def behaviours(self, path: str) -> dict[str, Behaviour]:
        """Return what each id of the test does, in order."""
        base = "::".join(filter(None, (path, self.place, self.name)))
        if self.parameters:
            ids = self._parameter_ids()
            found = zip(ids, self.parameters, strict=True)
            return {f"{base}[{each}]": FUNCTIONS[behaviour] for each, behaviour in found}
        return {base: self._behaviour()}

    def _behaviour(self) -> Behaviour:
        return (METHODS if self.place == "TestU" else FUNCTIONS)[self.behaviour]

    def _parameter_ids(self) -> list[str]:
        return [f"{self.generation}-{number}" for number in range(len(self.parameters))]

    def source(self) -> str:
        """Return the source lines, not indented."""
        receiver = "self" if self.place else ""
        if not self.parameters:
            return source_of(self.name, self._behaviour(), receiver)
        values = [behaviour == "pass" for behaviour in self.parameters]
        mark = f"@pytest.mark.parametrize('p', {values}, ids={self._parameter_ids()})\n"
        arguments = ", ".join(filter(None, (receiver, "p")))
        return f"{mark}def {self.name}({arguments}):\n    assert p\n"


PLACES = {"": "", "TestC": "class TestC:\n", "TestU": "class TestU(unittest.TestCase):\n"}
"""Where tests lie, in the order of collection."""


@dataclass(frozen=True)
class File:
    """One test file."""

    path: str
    tests: tuple[Test, ...]
    broken: bool = False
    """Whether it cannot be imported."""
    stamp: int = 0
    """When it was last changed."""

    def within(self, place: str) -> list[Test]:
        """Return the tests in *place*, in the order of collection."""
        found = [test for test in self.tests if test.place == place]
        # Python's unittest sorts the tests of a TestCase by name.
        return sorted(found, key=lambda test: test.name) if place == "TestU" else found

    def behaviours(self) -> dict[str, Behaviour]:
        """Return what each id does, in the order of collection; nothing if it is broken."""
        if self.broken:
            return {}
        tests = [test for place in PLACES for test in self.within(place)]
        return {
            nodeid: what for test in tests for nodeid, what in test.behaviours(self.path).items()
        }

    def classes(self) -> list[str]:
        """Return the ids of the classes; none if it is broken."""
        places = {test.place for test in self.tests if test.place and not self.broken}
        return [f"{self.path}::{place}" for place in PLACES if place in places]

    def source(self) -> str:
        """Return the source."""
        if self.broken:
            return "import no_such_module\n"
        parts = ["import pytest, unittest\n", FIXTURES]
        for place, head in PLACES.items():
            tests = "".join(test.source() for test in self.within(place))
            parts += [head, indent(tests, "    ") if place else tests] if tests else []
        return "".join(parts)


@dataclass(frozen=True)
class Suite:
    """All test files."""

    files: tuple[File, ...]

    def ids(self) -> list[str]:
        """Return all node ids."""
        return [nodeid for file in self.files for nodeid in file.behaviours()]

    def file(self, path: str) -> File | None:
        """Return the file at *path*."""
        return next((file for file in self.files if file.path == path), None)


PATHS = ("test_a.py", "test_b.py", "sub/test_c.py", "sub/deep/test_d.py", "zoo/test_e.py")

names = st.sampled_from(["test_1", "test_2", "test_3", "test_4"])
behaviours = st.one_of(st.sampled_from(["pass", "fail"]), st.sampled_from(sorted(FUNCTIONS)))
parameters = st.lists(st.sampled_from(["pass", "fail"]), max_size=3).map(tuple)


@st.composite
def tests(draw: st.DrawFn) -> Test:
    """Draw a test."""
    place = draw(st.sampled_from(["", "", "", "TestC", "TestC", "TestU"]))
    if place == "TestU":
        return Test(draw(names), draw(st.sampled_from(sorted(METHODS))), place=place)
    given_parameters = draw(parameters) if draw(st.integers(0, 2)) == 0 else ()
    return Test(draw(names), draw(behaviours), given_parameters, place)


@st.composite
def test_lists(draw: st.DrawFn) -> tuple[Test, ...]:
    """Draw the tests of a file."""
    return tuple(
        draw(
            st.lists(
                tests(), min_size=1, max_size=4, unique_by=lambda test: (test.name, test.place)
            )
        )
    )


@st.composite
def suites(draw: st.DrawFn) -> Suite:
    """Draw a suite."""
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=4, unique=True))
    broken = st.integers(0, 9).map(lambda number: number == 0)
    return Suite(tuple(File(path, draw(test_lists()), draw(broken)) for path in sorted(paths)))


EDITS = (
    "none",
    "none",
    "fix",
    "break",
    "rename",
    "delete",
    "add",
    "touch",
    "error",
    "params",
    "params",
    "drop",
)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, int, int]:
    """Draw an edit and where it happens, to be taken modulo what there is."""
    return draw(st.sampled_from(EDITS)), draw(st.integers(0, 9)), draw(st.integers(0, 9))


def apply(suite: Suite, edit: tuple[str, int, int], stamp: int) -> Suite:
    """Return *suite* after *edit*."""
    kind, which_file, which_test = edit
    if kind == "none" or not suite.files:
        return suite
    index = which_file % len(suite.files)
    file = suite.files[index]
    others = (*suite.files[:index], *suite.files[index + 1 :])
    if kind == "delete" and len(suite.files) > 1:
        return Suite(others)
    changed = replace(_edited(file, kind, which_test, stamp), stamp=stamp)
    return Suite(tuple(sorted((*others, changed), key=lambda each: each.path)))


def _edited(file: File, kind: str, which: int, stamp: int) -> File:
    number = which % len(file.tests)
    test = file.tests[number]
    if kind == "error":
        return replace(file, broken=not file.broken)
    if kind == "add":
        new = Test(f"test_new_{stamp}", "fail" if which % 2 else "pass")
        return replace(file, tests=(new, *file.tests))
    if kind == "drop" and len(file.tests) > 1:
        return replace(file, tests=file.tests[:number] + file.tests[number + 1 :])
    changes = {
        "fix": replace(test, behaviour="pass", parameters=("pass",) * len(test.parameters)),
        "break": replace(test, behaviour="fail", parameters=("fail",) * len(test.parameters)),
        "rename": replace(test, name=f"{test.name}_{stamp}"),
        "params": replace(test, generation=test.generation + 1),
    }
    test = changes.get(kind, test)
    tests = (*file.tests[:number], test, *file.tests[number + 1 :])
    return replace(file, tests=tests)


FLAGS = (
    (),
    (),
    ("--lf",),
    ("--lf",),
    ("--ff",),
    ("--nf",),
    ("--ff", "--nf"),
    ("--ff", "--nf"),
    ("--lf", "--nf"),
    ("--lf", "--ff"),
    ("--lf", "--lfnf=none"),
    ("--ff", "--lfnf=none"),
    ("--sw",),
    ("--sw",),
    ("--sw-skip",),
    ("--sw-reset",),
    ("--lf", "--sw"),
)
EXTRA = ((), (), (), ("--collect-only",), ("-x",), ("-k", "test_1"), ("--cache-clear",), ("-q",))


@dataclass(frozen=True)
class Step:
    """An edit and a run."""

    edit: tuple[str, int, int]
    flags: tuple[str, ...]
    argument: int
    """0 to 5: no argument; 6 and 7: a file; 8: a test; 9: a file that does not exist."""
    keeps: str
    """Whose cache both go on with: `ours` or `stock`."""


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Draw a step."""
    flags = draw(st.sampled_from(FLAGS)) + draw(st.sampled_from(EXTRA))
    return Step(
        draw(edits()), flags, draw(st.integers(0, 9)), draw(st.sampled_from(["ours", "stock"]))
    )


@dataclass(frozen=True)
class Script:
    """A suite and what happens to it."""

    suite: Suite
    steps: tuple[Step, ...]


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Draw a script of 3 to 8 runs, the first of them plain."""
    first = Step(("none", 0, 0), (), 0, "ours")
    rest = draw(st.lists(steps(), min_size=2, max_size=7))
    return Script(draw(suites()), (first, *rest))
