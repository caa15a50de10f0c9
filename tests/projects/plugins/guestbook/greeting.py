"""Greets without Django."""

import asyncio


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


async def greet(name: str) -> str:
    await asyncio.sleep(0)
    return f"Hello, {name}!"
