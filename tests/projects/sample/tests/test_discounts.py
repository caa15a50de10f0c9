import pytest

from shop.discounts import bulk_discount, voucher_discount


class TestBulkDiscount:
    def test_nine_pieces_cost_the_full_price(self):
        assert bulk_discount(9, 9000) == 0

    def test_ten_pieces_are_cheaper(self):
        discount = bulk_discount(10, 10000)

        assert discount == 1500

    def test_twenty_pieces_are_cheaper(self):
        assert bulk_discount(20, 20000) == 3000


def test_a_voucher_takes_five_euros_off():
    assert voucher_discount("WELCOME5", 2000) == 500


def test_an_unknown_voucher_is_refused():
    with pytest.raises(ValueError, match="unknown voucher"):
        voucher_discount("FREE", 2000)
