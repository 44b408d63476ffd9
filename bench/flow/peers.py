"""The same by aio-pika's own interface, and by aiormq, which it stands on."""

import asyncio
import time

import aio_pika
from aiormq.abc import DeliveredMessage

from bench.flow.message import EXCHANGE, KEY, WINDOW, message

_PREFETCH = 500


async def publish_aio_pika(url: str, messages: int) -> float:
    """exchange.publish with confirms, mandatory, 200 at a time. → CPU seconds."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        begun = time.process_time()
        for at in range(0, messages, WINDOW):
            part = range(at, min(messages, at + WINDOW))
            await asyncio.gather(*(exchange.publish(message(n), KEY, timeout=10) for n in part))
        return time.process_time() - begun


async def publish_aiormq(url: str, messages: int) -> float:
    """basic_publish with confirms, mandatory, 200 at a time. → CPU seconds."""
    async with await aio_pika.connect(url) as connection:
        channel = await (await connection.channel(publisher_confirms=True)).get_underlay_channel()

        async def one(number: int) -> None:
            sent = message(number)
            await channel.basic_publish(
                sent.body, exchange=EXCHANGE, routing_key=KEY, properties=sent.properties, mandatory=True, timeout=10
            )

        begun = time.process_time()
        for at in range(0, messages, WINDOW):
            await asyncio.gather(*(one(n) for n in range(at, min(messages, at + WINDOW))))
        return time.process_time() - begun


async def consume_aio_pika(url: str, messages: int) -> float:
    """queue.consume and message.ack, nothing between. → CPU seconds."""
    done = 0
    ended = asyncio.Event()

    async def take(incoming: aio_pika.abc.AbstractIncomingMessage) -> None:
        nonlocal done
        await incoming.ack()
        done += 1
        if done == messages:
            ended.set()

    begun = time.process_time()
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=_PREFETCH)
        await (await channel.get_queue(KEY, ensure=False)).consume(take)
        await ended.wait()
        return time.process_time() - begun


async def consume_aiormq(url: str, messages: int) -> float:
    """basic_consume and basic_ack, nothing between. → CPU seconds."""
    done = 0
    ended = asyncio.Event()

    async def take(raw: DeliveredMessage) -> None:
        nonlocal done
        await raw.channel.basic_ack(raw.delivery_tag or 0)
        done += 1
        if done == messages:
            ended.set()

    begun = time.process_time()
    async with await aio_pika.connect(url) as connection:
        channel = await (await connection.channel()).get_underlay_channel()
        await channel.basic_qos(prefetch_count=_PREFETCH)
        await channel.basic_consume(KEY, take)
        await ended.wait()
        return time.process_time() - begun
