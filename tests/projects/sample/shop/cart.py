"""What a customer is about to buy."""

from __future__ import annotations

from dataclasses import dataclass, field

from shop.discounts import bulk_discount
from shop.prices import price_of


@dataclass
class Cart:
    pieces: dict[str, int] = field(default_factory=dict)

    def add(self, article: str, count: int = 1) -> None:
        if count < 1:
            raise ValueError("count must be at least 1")
        self.pieces[article] = self.pieces.get(article, 0) + count

    def total(self) -> int:
        """Cents to pay, discounts for many pieces taken off."""
        return sum(self._line_total(article, count) for article, count in self.pieces.items())

    def _line_total(self, article: str, count: int) -> int:
        cents = count * price_of(article)
        return cents - bulk_discount(count, cents)
