"""Work in rounds: what is asked for meanwhile is one more round, and long rounds leave time."""

from __future__ import annotations

import asyncio
import itertools

from pytest_recall_server.tasks import Coalesced


def test_what_is_asked_for_during_a_round_is_one_more() -> None:
    async def scenario() -> int:
        rounds = 0

        async def work() -> None:
            nonlocal rounds
            rounds += 1
            if rounds == 1:
                for _ in range(10):
                    coalesced.ask()
            await asyncio.sleep(0)

        coalesced = Coalesced("count", work)
        await coalesced.now()
        return rounds

    assert asyncio.run(scenario()) == 2


def test_rounds_take_no_more_than_their_share_of_the_time() -> None:
    async def scenario() -> list[tuple[float, float]]:
        loop = asyncio.get_running_loop()
        spans: list[tuple[float, float]] = []

        async def work() -> None:
            began = loop.time()
            await asyncio.to_thread(sum, range(200_000))
            spans.append((began, loop.time()))
            if len(spans) < 5:
                coalesced.ask()

        coalesced = Coalesced("work", work, share=0.2)
        await coalesced.now()
        await coalesced.done()
        return spans

    spans = asyncio.run(scenario())

    assert len(spans) == 5
    for (began, ended), (next_began, _) in itertools.pairwise(spans):
        assert next_began - ended >= 4 * (ended - began) * 0.95
