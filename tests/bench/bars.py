"""What a benchmark asks for, and whether it was reached."""

from __future__ import annotations


class Bars:
    """Checks figures, and keeps which of them have missed their bars."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def check(self, what: str, value: float, bar: float, unit: str = "") -> str:
        """Return *value* beside its bar."""
        if value > bar:
            self.missed.append(what)
        return f"{value:.3f}{unit} {'✓' if value <= bar else '✗'} (bar {bar:g}{unit})"
