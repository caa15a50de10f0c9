/** Names in the sample project that several tests speak of. */

/** The two tests that fail until the bug is mended. */
export const failing = [
  "tests/checkout/test_cart.py::test_a_cart_knows_the_bulk_discount",
  "tests/test_discounts.py::TestBulkDiscount::test_ten_pieces_are_cheaper",
] as const;

/** Where `test_ten_pieces_are_cheaper` fails. */
export const failure = { file: "tests/test_discounts.py", line: 13, reason: "assert 0 == 1500" } as const;

/** The test that was added after yesterday's run. */
export const fresh = {
  file: "tests/test_vouchers.py",
  line: 4,
  test: "test_a_voucher_is_worth_no_more_than_the_cart",
} as const;

/** The bug, and the one line that mends it. */
export const bug = {
  file: "shop/discounts.py",
  wrong: "if pieces > BULK_PIECES:",
  right: "if pieces >= BULK_PIECES:",
} as const;
