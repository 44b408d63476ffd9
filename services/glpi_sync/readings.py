"""glpi.readings: what printers told as their serial, remembered; who is new is reported to the newcomers' task."""

import asyncio
import time
from collections.abc import Callable

import structlog

from services.glpi_sync import metrics
from services.glpi_sync.asking import named_store_errors
from services.glpi_sync.closed import told_serials
from services.glpi_sync.errors import ReadingsNotStored
from services.glpi_sync.store import Store
from shared.broker.delivery import Delivery, decode_object
from shared.text import clean

log = structlog.get_logger(__name__)

_QUIET_S = 0.5
_LOOKS = 6


class Readings:
    """Handles polls.closed. `on_news` is called when a serial is new or has changed, `on_change` at every batch."""

    def __init__(self, store: Store, on_news: Callable[[], None], on_change: Callable[[], None]) -> None:
        self._store, self._on_news, self._on_change = store, on_news, on_change
        self._last = 0.0

    async def closed(self, delivery: Delivery) -> None:
        """Remembers one message's serials."""
        self._last = time.monotonic()
        at, told, nonsense = told_serials(decode_object(delivery.body))
        if nonsense:
            metrics.SKIPPED.inc(nonsense)
            log.warning("readings.nonsense", entries=nonsense, message_id=clean(delivery.message_id, 64))
        with named_store_errors(ReadingsNotStored):
            news = await self._store.remember(at, told)
        self._last = time.monotonic()
        self._on_change()
        if news:
            self._on_news()

    async def settled(self) -> None:
        """Waits a moment for readings that are just coming in: a pass ordered after a sweep should know them all.

        It is a courtesy, not a promise: who comes later is asked for singly.
        """
        for _ in range(_LOOKS):
            quiet = time.monotonic() - self._last
            if quiet >= _QUIET_S:
                return
            await asyncio.sleep(_QUIET_S - quiet)
