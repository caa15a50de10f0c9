from shop.discounts import voucher_discount


def test_a_voucher_is_worth_no_more_than_the_cart():
    assert voucher_discount("SORRY10", 640) == 640
