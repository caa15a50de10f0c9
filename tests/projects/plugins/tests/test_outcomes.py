"""Every way in which a test can end."""

import sys
from pathlib import Path

import pytest


@pytest.fixture
def broken():
    raise RuntimeError("broken before the test")


@pytest.fixture
def leaking():
    yield
    raise RuntimeError("broken after the test")


def test_passes():
    print("said by a test that passes")


def test_fails():
    print("said by a test that fails")
    assert {"a": 1, "b": [1, 2, 3]} == {"a": 1, "b": [1, 2, 4]}


def test_in_error(broken):
    pass


def test_in_error_afterwards(leaking):
    pass


def test_failed_and_in_error_afterwards(leaking):
    assert not leaking == None


def test_skips_itself():
    pytest.skip("not today")


@pytest.mark.skipif(sys.version_info >= (3,), reason="only for Python 2")
def test_is_skipped():
    pass


@pytest.mark.xfail(reason="known")
def test_fails_as_expected():
    assert False


@pytest.mark.xfail(reason="known")
def test_passes_unexpectedly():
    pass


@pytest.mark.xfail(reason="known", strict=True)
def test_passes_although_strictly_expected_to_fail():
    pass


@pytest.mark.parametrize("text", ["", "a b", "ä", "[x]", "a::b", "x\ny"])
def test_parameters(text):
    assert "x" not in text


def test_subtests(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number != 1


@pytest.mark.flaky(reruns=2)
def test_passes_when_run_again(request):
    mark = Path(request.config.rootpath, "ran-before")
    if not mark.exists():
        mark.touch()
        pytest.fail("not yet")


class TestClass:
    def test_passes(self):
        pass

    def test_fails(self):
        assert self.__doc__
