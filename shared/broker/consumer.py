"""A consumer: some queues over one connection of its own."""

import asyncio
from collections.abc import Sequence

from aio_pika.abc import AbstractConnection

from shared.broker.deadletters import Reporter
from shared.broker.link import Link
from shared.broker.publisher import Publisher
from shared.broker.subscription import Plan, Subscription, Tally
from shared.messages.kinds import check_handlers


class Consumer:
    """Consumes the queues of `plans`. Raises KindsInconsistent unless each plan handles all kinds routed to it.

    The life of a message: delivered → opened (kind known? body valid?) → handled within its soft limit → acked; or by
    the error's verdict: next step of the ladder, dead letter, dropped, handed back.
    """

    def __init__(
        self,
        url: str,
        name: str,
        plans: Sequence[Plan],
        publisher: Publisher,
        reporter: Reporter,
        *,
        heartbeat_s: int = 10,
    ) -> None:
        for plan in plans:
            if plan.raw is None:
                check_handlers(plan.queue, plan.handlers)
        self.tally = Tally()
        self._subscriptions = [Subscription(plan, publisher, reporter, self.tally) for plan in plans]
        self.link = Link(url, name, self._set_up, heartbeat_s=heartbeat_s)
        self._connection: AbstractConnection | None = None
        self._resets: set[asyncio.Task[None]] = set()
        self.stopping = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """Messages that are being handled."""
        return sum(s.in_flight for s in self._subscriptions)

    def oldest_age_s(self) -> float:
        """Seconds since the oldest running handler began."""
        return max((s.oldest_age_s() for s in self._subscriptions), default=0.0)

    async def run(self) -> None:
        """Keeps the connection and consumes: see Link.run."""
        await self.link.run()

    async def _set_up(self, connection: AbstractConnection) -> None:
        self._connection = connection
        if self.stopping.is_set():
            return
        for subscription in self._subscriptions:
            await subscription.open(connection, lambda: self._reset(connection))

    def _reset(self, connection: AbstractConnection) -> None:
        """The broker ended a channel or a consumer (queue deleted, consumer timeout): everything is set up anew."""
        if not self.stopping.is_set() and not connection.is_closed and self.link.is_up:
            task = asyncio.create_task(connection.close())
            self._resets.add(task)
            task.add_done_callback(self._resets.discard)

    async def pause(self) -> None:
        """Stops the intake until `resume`; what is in flight goes on."""
        await asyncio.gather(*(s.cancel() for s in self._subscriptions))

    async def resume(self) -> None:
        """Takes messages again."""
        await asyncio.gather(*(s.resume() for s in self._subscriptions))

    async def stop(self, timeout_s: float) -> int:
        """Stops the intake, waits for what is in flight, hands the rest back. Returns how many were handed back."""
        self.stopping.set()
        await asyncio.gather(*(s.cancel() for s in self._subscriptions))
        return sum(await asyncio.gather(*(s.drain(timeout_s) for s in self._subscriptions)))
