"""An event loop in a thread of its own: what lives longer than one test must not hang on one test's loop."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for synchronous callers (`call`) and for coroutines of other loops (`forward`)."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def call(self, coroutine: Coroutine[Any, Any, T], timeout: float = 120.0) -> T:
        """Run it to its end and return its result."""
        return self._submit(coroutine).result(timeout)

    async def forward(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it there and await it here, so that this loop goes on."""
        return await asyncio.wrap_future(self._submit(coroutine))

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
