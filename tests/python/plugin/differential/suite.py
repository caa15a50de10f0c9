"""Test suites and scripts of edits and runs, as values, and strategies that make them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

BEHAVIOURS = {
    "pass": "pass",
    "fail": "assert 0",
    "skip": "pytest.skip('no')",
    "xfail": "pytest.xfail('known')",
    "setup": "pass",
    "teardown": "pass",
}
"""Behaviour → body; set-up and tear-down errors come from a fixture."""


@dataclass(frozen=True)
class Test:
    """One test, or one with parameters."""

    __test__ = False

    name: str
    behaviour: str
    parameters: tuple[str, ...] = ()
    """For each parameter its behaviour, `pass` or `fail`."""
    in_class: bool = False
    generation: int = 0
    """Part of the parameters' ids, so that an edit can change them."""

    def ids(self, path: str) -> list[str]:
        """Return the node ids."""
        base = f"{path}::TestC::{self.name}" if self.in_class else f"{path}::{self.name}"
        if not self.parameters:
            return [base]
        return [f"{base}[{self.generation}-{number}]" for number in range(len(self.parameters))]

    def source(self) -> str:
        """Return the source lines, not indented."""
        this = "self, " if self.in_class else ""
        body = BEHAVIOURS[self.behaviour]
        if self.parameters:
            ids = [f"{self.generation}-{number}" for number in range(len(self.parameters))]
            values = [behaviour == "pass" for behaviour in self.parameters]
            mark = f"@pytest.mark.parametrize('p', {values}, ids={ids})\n"
            return f"{mark}def {self.name}({this}p):\n    assert p\n"
        if self.behaviour in {"setup", "teardown"}:
            return f"def {self.name}({this}{self.behaviour}_error): {body}\n"
        return f"def {self.name}({this[:-2]}): {body}\n"


@dataclass(frozen=True)
class File:
    """One test file."""

    path: str
    tests: tuple[Test, ...]
    broken: bool = False
    """Whether it cannot be imported."""
    stamp: int = 0
    """When it was last changed."""

    def ids(self) -> list[str]:
        """Return the node ids in the order of collection; none if it is broken."""
        return [] if self.broken else [each for test in self.tests for each in test.ids(self.path)]

    def source(self) -> str:
        """Return the source."""
        if self.broken:
            return "import no_such_module\n"
        parts = ["import pytest\n", FIXTURES]
        plain = [test for test in self.tests if not test.in_class]
        inside = [test for test in self.tests if test.in_class]
        parts += [test.source() for test in plain]
        if inside:
            parts.append("class TestC:\n")
            for test in inside:
                parts += [f"    {line}\n" for line in test.source().splitlines()]
        return "".join(parts)


FIXTURES = """@pytest.fixture
def setup_error(): assert 0
@pytest.fixture
def teardown_error():
    yield
    assert 0
"""


@dataclass(frozen=True)
class Suite:
    """All test files."""

    files: tuple[File, ...]

    def ids(self) -> list[str]:
        """Return all node ids."""
        return [nodeid for file in self.files for nodeid in file.ids()]

    def file(self, path: str) -> File | None:
        """Return the file at *path*."""
        return next((file for file in self.files if file.path == path), None)


PATHS = ("test_a.py", "test_b.py", "sub/test_c.py", "sub/deep/test_d.py", "zoo/test_e.py")

names = st.sampled_from(["test_1", "test_2", "test_3", "test_4"])
behaviours = st.sampled_from(["pass", "pass", "fail", "fail", "skip", "xfail", "setup", "teardown"])
parameters = st.lists(st.sampled_from(["pass", "fail"]), max_size=3).map(tuple)


@st.composite
def tests(draw: st.DrawFn) -> Test:
    """Draw a test."""
    given_parameters = draw(parameters) if draw(st.integers(0, 3)) == 0 else ()
    return Test(draw(names), draw(behaviours), given_parameters, draw(st.booleans()))


@st.composite
def test_lists(draw: st.DrawFn) -> tuple[Test, ...]:
    """Draw the tests of a file: functions first, then those in the class, as they are collected."""
    drawn = draw(
        st.lists(tests(), min_size=1, max_size=4, unique_by=lambda test: (test.name, test.in_class))
    )
    return tuple(sorted(drawn, key=lambda test: test.in_class))


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
    ("--lf", "--nf"),
    ("--lf", "--ff"),
    ("--lf", "--lfnf=none"),
    ("--ff", "--lfnf=none"),
    ("--sw",),
    ("--sw",),
    ("--sw-skip",),
    ("--sw-reset",),
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
