"""Waiting for a database that cannot be written, instead of making dead letters of good messages.

While handlers wait, nothing is acked and the prefetch is used up: status.record fills and the collectors hold back.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_delay, wait_random_exponential

from services.status_api.errors import StorageUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")
_GIVE_UP_S = 45.0  # below the handlers' soft limit; then the retry ladder's turn


def _note(state: RetryCallState) -> None:
    if state.attempt_number in (1, 10):
        error = state.outcome.exception() if state.outcome else None
        log.warning("record.waiting", error=str(error)[:300], remedy="free disk space, or end what holds the file")


def patient(handler: Callable[[T], Awaitable[None]]) -> Callable[[T], Awaitable[None]]:
    """`handler`, repeated while SQLite cannot write. Raises StorageUnavailable after 45 s."""

    async def repeat(message: T) -> None:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(sqlite3.OperationalError),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            stop=stop_after_delay(_GIVE_UP_S),
            before_sleep=_note,
            reraise=True,
        ):
            with attempt:
                await handler(message)

    async def wait_and_repeat(message: T) -> None:
        try:
            await handler(message)  # nearly always that is all, and all that it costs
        except sqlite3.OperationalError:
            try:
                await repeat(message)
            except sqlite3.OperationalError as error:
                raise StorageUnavailable(str(error)[:300]) from error

    return wait_and_repeat
