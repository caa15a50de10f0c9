import pytest

from shop.prices import format_price, percent_of, price_of


def test_every_article_has_a_price():
    assert price_of("bread") == 320


def test_an_unknown_article_is_refused():
    with pytest.raises(KeyError, match="no such article"):
        price_of("unicorn")


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "0.00 EUR"), (5, "0.05 EUR"), (1234, "12.34 EUR")],
)
def test_prices_are_shown_with_two_digits(cents, text):
    assert format_price(cents) == text


def test_half_a_cent_is_rounded_up():
    assert percent_of(50, 15) == 8
