"""The clients of this project: shared.broker's publisher and consumer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.flow.message import SWEEP, WINDOW, body
from shared.broker.consumer import Consumer
from shared.broker.deadletters import Reporter
from shared.broker.delivery import Delivery
from shared.broker.publisher import Publisher
from shared.broker.subscription import Plan
from shared.messages.envelope import Envelope
from shared.messages.kinds import kind

_REQUEST = kind("poll.request")
_PREFETCH = 500


@asynccontextmanager
async def _publisher(url: str) -> AsyncIterator[Publisher]:
    publisher = Publisher(url, "bench/publish")
    running = asyncio.create_task(publisher.run())
    try:
        await publisher.link.wait_up(10)
        yield publisher
    finally:
        running.cancel()
        await asyncio.wait([running])


async def publish_many(url: str, messages: int) -> float:
    """By windows of 200, each one call. → CPU seconds."""
    async with _publisher(url) as publisher:
        envelope = Envelope(correlation_id=SWEEP)
        begun = time.process_time()
        for at in range(0, messages, WINDOW):
            part = range(at, min(messages, at + WINDOW))
            outcomes = await publisher.publish_many(_REQUEST, [(body(n), envelope) for n in part])
            assert not any(outcomes), outcomes
        return time.process_time() - begun


async def publish_each(url: str, messages: int) -> float:
    """One call for each, 200 at a time. → CPU seconds."""
    async with _publisher(url) as publisher:
        begun = time.process_time()
        for at in range(0, messages, WINDOW):
            part = range(at, min(messages, at + WINDOW))
            await asyncio.gather(*(publisher.publish(_REQUEST, body(n), Envelope(correlation_id=SWEEP)) for n in part))
        return time.process_time() - begun


async def consume(url: str, messages: int) -> float:
    """As the collector does: opened, its body validated, within a soft limit, counted, acked. → CPU seconds."""
    publisher = Publisher(url, "bench/publish")

    ended = asyncio.Event()
    left = messages

    async def handler(_: Delivery) -> None:
        nonlocal left
        left -= 1
        if not left:
            ended.set()

    plan = Plan("poll.main.routine", {"poll.request": handler}, prefetch=_PREFETCH)
    consumer = Consumer(url, "bench/consume", [plan], publisher, Reporter("bench", "0"))
    begun = time.process_time()
    running = asyncio.create_task(consumer.run())
    await ended.wait()
    await consumer.stop(5)
    spent = time.process_time() - begun
    running.cancel()
    await asyncio.wait([running])
    return spent
