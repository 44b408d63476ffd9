"""What all requests share: the time they may take, when they are tried again, and the store's errors by name."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from services.glpi_sync.errors import RequestTooLong, StoreFailed
from shared.text import clean
from shared.topology.table import LADDER

T = TypeVar("T")


@contextmanager
def named_store_errors(name: type[StoreFailed] = StoreFailed) -> Iterator[None]:
    """SQLite's errors (disk full, locked, file gone) as one of ours, which has a verdict."""
    try:
        yield
    except sqlite3.Error as error:
        raise name(f"({clean(error, 200)})") from error


async def bounded(work: Awaitable[T], limit_s: float) -> T:
    """`work`, for at most `limit_s` seconds; then RequestTooLong.

    The consumer has a limit of its own, a little later; there is no time left in it to say how a request ended.
    """
    try:
        async with asyncio.timeout(limit_s) as limit:
            return await work
    except TimeoutError:
        if limit.expired():
            raise RequestTooLong(f"({limit_s:g} s)") from None
        raise


def again_in(attempt: int, unit_s: float) -> str | None:
    """When the retry ladder brings a request again after `attempt` has failed, in words; None after the last."""
    if attempt > len(LADDER):
        return None
    seconds = LADDER[attempt - 1][1] * unit_s
    return f"{seconds / 60:g} minutes" if seconds >= 60 else f"{seconds:g} seconds"
