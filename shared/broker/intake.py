"""The consumers of one queue on one channel: as many messages in hand at once as are wanted, or none."""

import asyncio

from aiormq.abc import AbstractChannel, DeliveredMessage

_ANSWER_S = 5.0


class Intake:
    """RabbitMQ applies a changed prefetch only to new consumers. So more is wanted by one consumer more; to cancel the
    old one instead would send back, and count as returned, what the broker was about to deliver to it. What is
    delivered goes to the sink that is attached to the channel.
    """

    def __init__(self, channel: AbstractChannel, queue: str) -> None:
        self._channel, self._queue = channel, queue
        self._adjusting = asyncio.Lock()
        self._consumers: dict[str, int] = {}  # tag → prefetch
        self._wanted, self._in_one = 0, False

    async def want(self, prefetch: int, *, in_one: bool = False) -> None:
        """Lets so many messages be in hand at once, 0 to end the intake; what is in hand stays there. `in_one`: with
        one consumer, whatever that sends back. Returns when it is so.

        Calls may overlap: what was wanted last is what comes. A channel that is gone wants nothing. Raises what aiormq
        raises, and TimeoutError; the channel is of no use then.
        """
        self._wanted, self._in_one = prefetch, in_one
        async with self._adjusting:
            while not self._channel.is_closed and (missing := self._missing()):
                if missing > 0:
                    await self._channel.basic_qos(prefetch_count=missing, timeout=_ANSWER_S)
                    answer = await self._channel.basic_consume(self._queue, _never, timeout=_ANSWER_S)
                    self._consumers[answer.consumer_tag or ""] = missing
                else:
                    tag = next(iter(self._consumers))
                    await self._channel.basic_cancel(tag, timeout=_ANSWER_S)
                    del self._consumers[tag]

    def _missing(self) -> int:
        """The prefetch of the consumer that is missing; negative where one must go first."""
        missing = self._wanted - sum(self._consumers.values())
        if missing < 0 or (self._in_one and self._consumers and (missing or len(self._consumers) > 1)):
            return -1
        return missing


async def _never(raw: DeliveredMessage) -> None:
    """aiormq's callback: the wire takes the messages before they reach it."""
    raise AssertionError(f"a message that the wire has not taken: {raw.delivery_tag}")
