"""Work in rounds: what is asked for meanwhile is one more round, and long rounds leave time."""

from __future__ import annotations

import asyncio
import itertools
import time

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


def test_rounds_take_no_more_than_their_share_of_a_processor() -> None:
    async def scenario() -> list[tuple[float, float, float]]:
        loop = asyncio.get_running_loop()
        rounds: list[tuple[float, float, float]] = []

        async def work() -> None:
            began, before = loop.time(), time.thread_time()
            sum(range(200_000))
            rounds.append((began, loop.time(), time.thread_time() - before))
            if len(rounds) < 5:
                coalesced.ask()

        coalesced = Coalesced("work", work, share=0.2)
        await coalesced.now()
        await coalesced.done()
        return rounds

    rounds = asyncio.run(scenario())

    assert len(rounds) == 5
    for (_, ended, used), (next_began, _, _) in itertools.pairwise(rounds):
        assert next_began - ended >= 4 * used
