"""Discounts the shop grants."""

from __future__ import annotations

from shop.prices import percent_of

BULK_PIECES = 10
BULK_PERCENT = 15


def bulk_discount(pieces: int, cents: int) -> int:
    """Cents taken off for buying many pieces: 15 % from ten pieces on."""
    if pieces > BULK_PIECES:
        return percent_of(cents, BULK_PERCENT)
    return 0


def voucher_discount(code: str, cents: int) -> int:
    """Cents taken off for a voucher, never more than there is to pay."""
    values = {"WELCOME5": 500, "SORRY10": 1000}
    if code not in values:
        raise ValueError(f"unknown voucher: {code}")
    return min(values[code], cents)
