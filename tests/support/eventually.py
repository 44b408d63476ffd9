"""Waiting for something to become true, with a limit, and without asserting how long it takes."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_LOOK_S = 0.05


async def eventually(predicate: Callable[[], T | Awaitable[T]], timeout: float = 45.0, what: str | None = None) -> T:
    """Return the predicate's first truthy value. Raises AssertionError that names `what` and the last value seen.

    The predicate may be a coroutine function; an AssertionError that it raises counts as "not yet".
    """
    deadline = time.monotonic() + timeout
    while True:
        last: object
        try:
            answer = predicate()
            value: T = await answer if inspect.isawaitable(answer) else answer
            if value:
                return value
            last = value
        except AssertionError as error:
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what or 'the condition'} did not come true in {timeout:.0f} s; last: {last!r}")
        await asyncio.sleep(_LOOK_S)


def eventually_sync(predicate: Callable[[], T], timeout: float = 45.0, what: str | None = None) -> T:
    """The same for tests without an event loop."""
    deadline = time.monotonic() + timeout
    while True:
        last: object
        try:
            if value := predicate():
                return value
            last = value
        except AssertionError as error:
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what or 'the condition'} did not come true in {timeout:.0f} s; last: {last!r}")
        time.sleep(_LOOK_S)
