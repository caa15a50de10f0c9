import pytest

from shop.cart import Cart


@pytest.fixture
def cart() -> Cart:
    cart = Cart()
    cart.add("coffee")
    cart.add("apple", 4)
    return cart
