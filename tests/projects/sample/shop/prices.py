"""Prices in whole cents, so that no cent is lost to rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

PRICES = {"apple": 50, "bread": 320, "coffee": 890, "honey": 640}


def price_of(article: str) -> int:
    """Price of one piece in cents."""
    if article not in PRICES:
        raise KeyError(f"no such article: {article}")
    return PRICES[article]


def percent_of(cents: int, percent: int) -> int:
    """A share of an amount, half a cent rounded up."""
    share = Decimal(cents) * percent / 100
    return int(share.quantize(Decimal(1), ROUND_HALF_UP))


def format_price(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02} EUR"
