"""Leadership: an exclusive queue held on the very connection that publishes.

When the broker gives up that connection (the process died, or is frozen), the queue and whatever was still to be
published over it go together: a leader that lost the lock cannot publish any more. That is the fence on the broker;
the fence on the database is the term (`Store`).
"""

import asyncio
import random

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError, ChannelAccessRefused, ChannelLockedResource

from services.scheduler.metrics import LOCK_REFUSED
from services.scheduler.sign import Sign
from shared.broker.consumer import Consumer
from shared.broker.publisher import Publisher
from shared.topology.table import LEADER

log = structlog.get_logger(__name__)

HEARTBEAT_S = 4  # a frozen leader is found out after two to three of these; 5 was seen to take 14.8 s
_LOOK_EVERY_S = 0.35
# A leader on another host gives no sign here: after some refused tries it is tried more seldom.
_QUICK_TRIES, _SLOW_TRY_S = 60, 5.0
# Each refused try costs a channel, and aio-pika frees the remains of channels only with their connection.
_TRIES_PER_CONNECTION = 500


class LeaderPublisher(Publisher):
    """A publisher whose link is up only while it leads; before, it stands by and tries for the lock."""

    def __init__(self, url: str, name: str, sign: Sign) -> None:
        super().__init__(url, name, heartbeat_s=HEARTBEAT_S)
        self.sign = sign
        self.standing_by = False
        self.elected = asyncio.Event()
        self.holding: AbstractConnection | None = None

    async def _set_up(self, connection: AbstractConnection) -> None:
        if self.holding is not connection:
            await self._win(connection)
        await super()._set_up(connection)
        self.holding = connection
        self.elected.set()

    async def _win(self, connection: AbstractConnection) -> None:
        """Returns when this connection holds the lock. Raises what ends the connection."""
        self.elected.clear()
        tries = refused = 0
        try:
            while tries < _TRIES_PER_CONNECTION:
                if tries == 0 or self.sign.is_down():
                    if await self._try(connection):
                        return
                    LOCK_REFUSED.inc()
                    tries, refused = tries + 1, refused + 1
                else:
                    refused = 0
                if not self.standing_by:
                    log.info("leader.standing_by", lock=LEADER)
                self.standing_by = True
                pause = _LOOK_EVERY_S if refused < _QUICK_TRIES else _SLOW_TRY_S
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))
                if connection.is_closed:
                    raise ConnectionError("the connection was lost while standing by")
            await connection.close()
        finally:
            self.standing_by = False
        raise ConnectionError("a fresh connection for further tries")

    async def _try(self, connection: AbstractConnection) -> bool:
        channel = await connection.channel(publisher_confirms=False)
        underlay = await channel.get_underlay_channel()
        try:
            await underlay.queue_declare(LEADER, exclusive=True, arguments={"x-queue-type": "classic"}, timeout=5)
        except (ChannelLockedResource, ChannelAccessRefused):
            return False
        return True

    async def abdicate(self) -> None:
        """Gives the lock up by closing the connection that holds it; stands by again."""
        connection, self.holding = self.holding, None
        self.elected.clear()
        if connection is not None and not connection.is_closed:
            try:
                async with asyncio.timeout(2):
                    await connection.close()
            except (AMQPError, OSError, TimeoutError, RuntimeError) as error:
                log.debug("leader.close_failed", error=repr(error))


class LeaderConsumer(Consumer):
    """A consumer that has a connection only while `leading` is set: a standby takes no message from the leader."""

    leading: asyncio.Event
    following: asyncio.Event

    def obey(self, leading: asyncio.Event, following: asyncio.Event) -> None:
        """Tells the two events, of which one is set at any time."""
        self.leading, self.following = leading, following

    async def run(self) -> None:
        """Consumes while leading, for ever."""
        while True:
            await self.leading.wait()
            inner = asyncio.create_task(super().run())
            ended = asyncio.create_task(self.following.wait())
            try:
                await asyncio.wait([inner, ended], return_when=asyncio.FIRST_COMPLETED)
                if inner.done():
                    inner.result()
            finally:
                ended.cancel()
                inner.cancel()
                await asyncio.wait([inner])
