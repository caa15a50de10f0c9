import pytest


def test_a_cart_adds_up_its_articles(cart):
    assert cart.total() == 1090


def test_a_cart_knows_the_bulk_discount(cart):
    cart.add("honey", 10)

    assert cart.total() == 6530


def test_a_cart_refuses_to_hold_nothing(cart):
    with pytest.raises(ValueError, match="at least 1"):
        cart.add("bread", 0)
