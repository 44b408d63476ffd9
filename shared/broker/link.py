"""One AMQP connection that is kept: connected with jittered retries, set up anew after every loss.

A plain connection, not aio-pika's robust one: what has to happen after a loss (prefetch back to 1, the publisher's
window emptied, the leader's lock tried again) is this project's business and must be seen in one place.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal
from urllib.parse import quote, urlsplit

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError, AuthenticationError, ChannelNotFoundEntity, ProbableAuthenticationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from shared.broker.wire import WireConnection
from shared.errors import BrokerRefusesLogin, BrokerUnavailable, TopologyMissing

log = structlog.get_logger(__name__)

Setup = Callable[[AbstractConnection], Awaitable[None]]


def amqp_url(url: str, user: str | None = None, password: str | None = None) -> str:
    """`url` with the given credentials in place of its own."""
    if not user:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    return parts._replace(netloc=f"{quote(user, safe='')}:{quote(password or '', safe='')}@{host}").geturl()


def without_credentials(url: str) -> str:
    """`url` as it may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]).geturl()


async def close_quietly(connection: AbstractConnection, timeout_s: float = 2.0) -> None:
    """Closes the connection. A broker that is gone cannot say goodbye: the wait for it is bounded."""
    try:
        async with asyncio.timeout(timeout_s):
            await connection.close()
    except (OSError, AMQPError, TimeoutError, RuntimeError) as error:
        log.debug("broker.close_failed", error=f"{type(error).__name__}: {str(error)[:200]}")


def heed_cancellation() -> None:
    """Raises CancelledError where the current task was cancelled and somebody it waited for has swallowed that: until
    Python 3.12 asyncio.wait_for, which aiormq uses, does so where the answer comes at the same moment."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Link:
    """Keeps one connection. `setup` runs after every connect; while it fails (a queue is missing), it is repeated.

    `run()` returns only by cancellation, or raises BrokerRefusesLogin when the very first connect is refused.
    """

    def __init__(
        self, url: str, name: str, setup: Setup, *, heartbeat_s: int = 10, connect_timeout_s: float = 5.0
    ) -> None:
        self._url, self._name, self._setup = url, name, setup
        self._heartbeat_s, self._connect_timeout_s = heartbeat_s, connect_timeout_s
        self._up = asyncio.Event()
        self._been_up = False
        self.connection: AbstractConnection | None = None  # while it is up
        self.last_error = ""

    @property
    def is_up(self) -> bool:
        """Connected and set up."""
        return self._up.is_set()

    @property
    def why_down(self) -> str:
        """What stands in the way of being up."""
        return f"{self._name}: {self.last_error or 'not connected yet'}."

    async def wait_up(self, timeout_s: float) -> None:
        """Waits until the link is up. Raises BrokerUnavailable after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._up.wait()
        except TimeoutError:
            raise BrokerUnavailable(self.why_down) from None

    async def run(self) -> None:
        """Connects, sets up, waits for the loss, and begins again, for ever."""
        while True:
            connection = await self._connect()
            try:
                await self._serve(connection)
            finally:
                self._up.clear()
                self.connection = None
                await close_quietly(connection)

    async def _connect(self) -> AbstractConnection:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((OSError, AMQPError, TimeoutError)),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            before_sleep=self._note_failure,
        ):
            with attempt:
                return await self._connect_once()
        raise AssertionError("unreachable: the retries have no end")

    async def _connect_once(self) -> AbstractConnection:
        try:
            return await aio_pika.connect(
                self._url,
                connection_class=WireConnection,
                timeout=self._connect_timeout_s,
                heartbeat=self._heartbeat_s,
                client_properties={"connection_name": self._name},
            )
        except (AuthenticationError, ProbableAuthenticationError) as error:
            shown = without_credentials(self._url)
            sentence = f"{shown} as {urlsplit(self._url).username!r}: check the user name and password."
            if self._been_up:
                # The account may be being changed under us: keep trying, and say so.
                self.last_error = f"login refused at {sentence}"
                raise ConnectionError(self.last_error) from error
            raise BrokerRefusesLogin(sentence) from error

    def _note_failure(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.last_error = f"no connection to {without_credentials(self._url)}: {type(error).__name__}"
        if state.attempt_number in (1, 5) or state.attempt_number % 20 == 0:
            log.warning("broker.unreachable", link=self._name, attempt=state.attempt_number, error=str(error)[:300])

    async def _serve(self, connection: AbstractConnection) -> None:
        # A plain connection's closed() tells only of our own close(); a loss is told to its callbacks.
        lost: asyncio.Future[Literal[True]] = asyncio.get_running_loop().create_future()
        connection.close_callbacks.add(lambda *_: None if lost.done() else lost.set_result(True))
        try:
            if await self._set_up(connection, lost):
                self._been_up, self.connection = True, connection
                self._up.set()
                log.info("broker.connected", link=self._name, broker=without_credentials(self._url))
                await asyncio.wait([lost])
                self.last_error = "the connection was lost"
                log.warning("broker.lost", link=self._name)
        finally:
            lost.cancel()

    async def _set_up(self, connection: AbstractConnection, lost: asyncio.Future[Literal[True]]) -> bool:
        """True once `setup` went through; False when the connection was lost before."""
        told = False
        while not lost.done():
            heed_cancellation()
            try:
                await self._setup(connection)
            except (ChannelNotFoundEntity, TopologyMissing) as error:
                self.last_error = f"waiting for the topology ({error})"
                if not told:
                    log.warning("broker.topology_missing", link=self._name, error=str(error)[:300])
                    told = True
                await asyncio.wait([lost], timeout=1.0)
            except (OSError, AMQPError, TimeoutError, RuntimeError) as error:
                self.last_error = f"{type(error).__name__}: {str(error)[:200]}"
                log.warning("broker.setup_failed", link=self._name, error=self.last_error)
                await asyncio.wait([lost], timeout=1.0)
            else:
                heed_cancellation()
                return True
        return False
