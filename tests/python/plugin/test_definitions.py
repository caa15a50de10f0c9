"""Which tests a file can still define, told by parsing: no must be a sure no."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_recall.doctor.definitions import Definitions


def check(source: str, names: str) -> bool:
    """Tell whether a file with *source* may define the test `Class::function`."""
    return Definitions(dedent(source).encode()).may_define(names.split("::"))


PLAIN = """
import unittest
import pytest
from helpers import imported
from unittest import TestCase
from elsewhere import Unknown

logger = logging.getLogger(__name__)
pytest.importorskip("os")
sys.path.insert(0, "x")
assigned = lambda: None

if imported:
    def test_conditional(): pass
else:
    async def test_async(): pass

try:
    from a import test_alias as test_imported
except ImportError:
    pass

for each in range(3):
    pass

@pytest.mark.parametrize("x", [1])
def test_plain(x):
    def test_local(): pass
    class TestLocal:
        def test_m(self): pass

class Base:
    def test_inherited(self): pass

class TestChild(Base):
    def test_own(self): pass
    class TestInner:
        def test_deep(self): pass

class TestCaseOfUnittest(unittest.TestCase):
    def test_unit(self): pass

class TestCaseByName(TestCase):
    def test_unit(self): pass

class TestUnknown(Unknown):
    pass

class TestLooped(TestLooped): pass

def describe_thing():
    def test_described(): pass

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    "names",
    [
        "test_plain",
        "test_conditional",
        "test_async",
        "test_imported",
        "assigned",
        "imported",
        "TestChild::test_own",
        "TestChild::test_inherited",
        "TestChild::TestInner::test_deep",
        "TestCaseOfUnittest::test_unit",
        "TestUnknown::test_whatever",
        "TestLooped::test_whatever",
        "describe_thing::test_described",
        "describe_thing::test_whatever",
        "each",
    ],
)
def test_what_may_be_there_is_said_to_be(names: str) -> None:
    assert check(PLAIN, names)


@pytest.mark.parametrize(
    "names",
    [
        "test_gone",
        "test_local",
        "test_own",
        "TestLocal::test_m",
        "TestGone::test_own",
        "TestChild::test_gone",
        "TestChild::test_deep",
        "TestChild::TestInner::test_own",
        "TestCaseOfUnittest::test_gone",
        "TestCaseByName::test_gone",
        "TestGone::TestInner::test_deep",
    ],
)
def test_what_is_gone_is_said_to_be(names: str) -> None:
    assert not check(PLAIN, names)


@pytest.mark.parametrize(
    "line",
    [
        "from helpers import *",
        "globals()['test_gone'] = print",
        "locals().update(test_gone=print)",
        "def make():\n    exec('def test_gone(): pass')",
        "def make(module):\n    setattr(module, 'test_gone', print)",
        "sys.modules[__name__].test_gone = print",
        "def make():\n    global test_gone\n    test_gone = print",
        "make_tests(__name__)",
        "found = make_tests(__name__)",
        "load_all()",
        "found = fill(TestThing)",
        "TestThing.test_gone = print",
        "class Meta:\n    def __init_subclass__(cls): pass",
        "def __getattr__(name): pass",
        "sys._getframe().f_locals",
        "test_gone = print",
        "[test_gone := print]",
        "with open('x') as test_gone: pass",
        "for test_gone in (print,): pass",
        "import test_gone",
        "match 1:\n    case test_gone: pass",
        "match {}:\n    case {**test_gone}: pass",
    ],
)
def test_a_file_that_may_get_names_otherwise_may_define_anything(line: str) -> None:
    thing = "class TestThing:\n    def test_a(self): pass\n"
    assert not check(thing, "test_gone")

    assert check(thing + line, "test_gone")


@pytest.mark.parametrize(
    "head",
    [
        "class TestThing(metaclass=Meta):",
        "class TestThing(imported.Base):",
        "class TestThing(make_base()):",
        "@ddt\nclass TestThing:",
        "class TestCase: pass\nclass TestThing(TestCase, Other):",
        "from other import TestCase\nclass TestThing(TestCase):",
        "def base(): pass\nclass TestThing(base):",
    ],
)
def test_a_class_that_may_get_methods_otherwise_may_have_any(head: str) -> None:
    assert check(head + "\n    def test_a(self): pass\n", "TestThing::test_gone")


def test_a_decorator_may_define_names_that_begin_alike() -> None:
    source = """
    class TestThing:
        @parameterized.expand([1, 2])
        def test_sum(self): pass
        @pytest.mark.slow
        def test_mark(self): pass
    """

    assert check(source, "TestThing::test_sum_0")
    assert not check(source, "TestThing::test_mark_0")
    assert not check(source, "TestThing::test_other")


@pytest.mark.parametrize("base", ["object", "abc.ABC", "Generic[T]", "unittest.TestCase"])
def test_known_bases_bring_no_tests(base: str) -> None:
    assert not check(f"class TestThing({base}):\n    x = 1\n", "TestThing::test_gone")


NAMES = st.sampled_from(["test_a", "test_b", "TestA", "TestB", "helper"])


@given(st.lists(st.tuples(NAMES, NAMES, st.booleans()), max_size=6), st.lists(NAMES, max_size=3))
@settings(deadline=None, max_examples=100)
def test_nothing_that_python_itself_would_find_is_said_to_be_gone(
    classes: list[tuple[str, str, bool]], functions: list[str]
) -> None:
    lines = []
    for name, base, inherits in classes:
        is_base = inherits and base in {each[0] for each in classes}
        lines.append(f"class {name}{f'({base})' if is_base else ''}:\n    def {base}(self): pass")
    lines += [f"def {name}(): pass" for name in functions]
    source = "\n".join(lines)
    namespace: dict[str, object] = {}
    try:
        exec(source, namespace)  # noqa: S102 - Python is the oracle
    except (NameError, TypeError):
        return

    definitions = Definitions(source.encode())

    for name, thing in namespace.items():
        if name == "__builtins__":
            continue
        inner = [each for each in dir(thing) if each.startswith("test_") or each == "helper"]
        methods = [each for each in inner if isinstance(thing, type)]
        assert definitions.may_define([name])
        assert all(definitions.may_define([name, each]) for each in methods)
