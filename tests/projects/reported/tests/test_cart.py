import unittest

import pytest


def total(*prices):
    return sum(prices)


def test_total():
    assert total(1, 2) == 4


@pytest.mark.parametrize("text", ["a - b", "x::y", "[", "ü", "tab\there", "#x07"])
def test_text(text):
    assert text == "a - b"


class TestDiscount:
    def test_none(self):
        pass

    @pytest.mark.parametrize("pieces", [1, 2])
    def test_pieces(self, pieces):
        print("printed")
        raise ValueError(f"no discount for {pieces}")


@pytest.fixture
def broken():
    raise RuntimeError("no database - at all")


@pytest.fixture
def breaking():
    yield
    raise RuntimeError("cannot close")


def test_needs(broken):
    pass


def test_leaves(breaking):
    assert 1 == 2


def test_parts(subtests):
    for number in range(3):
        with subtests.test(msg="part", number=number):
            assert number == 1


@pytest.mark.xfail(reason="known")
def test_expected():
    assert False


@pytest.mark.skip(reason="not now")
def test_skipped():
    pass


class CartCase(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(total(1, 2), 4)

    def test_raises(self):
        raise KeyError("price")

    def test_passes(self):
        pass

    def test_parts(self):
        for number in range(3):
            with self.subTest("part", number=number):
                self.assertEqual(number, 1)

    @unittest.skip("not now")
    def test_skipped(self):
        pass
