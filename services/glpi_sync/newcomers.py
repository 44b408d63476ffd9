"""Serials that are new: asked for singly where they are few, left to a pass where they are many.

Both go out as messages to glpi_sync's own queue, so that they have the retry ladder and are seen where all work is.
A first sweep brings every serial at once: 18,000 single questions would take GLPI ten minutes, a pass two seconds.
While a pass is ordered or under way nothing is asked: it answers for the newcomers too.
"""

import asyncio
import sqlite3
import time
import uuid
from datetime import timedelta

import structlog

from services.glpi_sync.lookups import OWN
from services.glpi_sync.settings import GlpiSyncSettings
from services.glpi_sync.store import Known, Store
from services.glpi_sync.store_passes import PassRow, PassStore
from shared.broker.publisher import Publisher
from shared.errors import PrintsweepError
from shared.messages.base import now
from shared.messages.glpi import GlpiCheck, GlpiReconcile, SerialToCheck
from shared.messages.kinds import kind
from shared.text import clean

log = structlog.get_logger(__name__)

CHUNK = 50  # serials in one glpi.check: one search
_MOST_PAUSES = 12  # serials that never stop coming are asked for after so many times the pause
_AFTER_FAILURE_S = 30.0
_BETWEEN_PASSES_S = 600.0  # also where each of them fails: a wrong token must not bring a dead letter every minute


class Newcomers:
    """Watches for new serials. `news` may be called at any time."""

    def __init__(self, settings: GlpiSyncSettings, store: Store, passes: PassStore, publisher: Publisher) -> None:
        self._settings, self._store, self._passes, self._publisher = settings, store, passes, publisher
        self._news = asyncio.Event()
        self._next_pass = 0.0  # monotonic
        self._later: asyncio.TimerHandle | None = None

    def news(self) -> None:
        """There may be serials without a verdict."""
        self._news.set()

    async def run(self) -> None:
        """Asks, whenever serials are new."""
        while True:
            await self._news.wait()
            await self._collect()
            try:
                await self._ask()
            except (PrintsweepError, sqlite3.Error) as error:
                log.warning("newcomers.not_asked", error=clean(error, 300), again_in_s=_AFTER_FAILURE_S)
                await asyncio.sleep(_AFTER_FAILURE_S)
                self._news.set()

    async def _collect(self) -> None:
        """Waits until no more come for a while."""
        pause = self._settings.glpi_sync_collect_s
        deadline = time.monotonic() + pause * _MOST_PAUSES
        while True:
            self._news.clear()
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                return
            if time.monotonic() >= deadline:
                self._news.clear()
                return
            await asyncio.sleep(pause / 10)  # under a flood, look ten times a pause, not at every message

    async def _ask(self) -> None:
        if await self._passes.is_coming(timedelta(seconds=self._settings.ladder_s)):
            return
        found = await self._store.newcomers(self._settings.glpi_sync_singles + 1)
        if len(found) > self._settings.glpi_sync_singles:
            wait = self._next_pass - time.monotonic()
            if wait > 0:
                self._look_later(wait)
            else:
                await self._order_pass()
            return
        for first in range(0, len(found), CHUNK):
            await self._order_check(found[first : first + CHUNK])

    def _look_later(self, seconds: float) -> None:
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(seconds, self._news.set)

    async def _order_check(self, some: list[Known]) -> None:
        serials = [SerialToCheck(printer_id=one.printer_id, serial=one.raw or None) for one in some]
        await self._publisher.publish(kind("glpi.check"), GlpiCheck(serials=serials, requested_by=OWN))
        await self._store.mark_asked(one.printer_id for one in some)
        log.info("newcomers.asked", serials=len(some))

    async def _order_pass(self) -> None:
        row = PassRow(uuid.uuid4().hex, "ordered", dry_run=False, started_at=now())
        # Kept first: should we die in between, the next one is ordered when the patience for this one ends.
        await self._passes.save(row)
        try:
            await self._publisher.publish(kind("glpi.reconcile"), GlpiReconcile(pass_id=row.pass_id, requested_by=OWN))
        except PrintsweepError:
            await self._passes.drop(row.pass_id)
            raise
        self._next_pass = time.monotonic() + _BETWEEN_PASSES_S
        await self._store.mark_all_asked()
        log.info("newcomers.pass_ordered", pass_id=row.pass_id, more_than=self._settings.glpi_sync_singles)
