"""glpi_sync: matches the serial numbers that printers tell with GLPI. It only reads there."""

from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from services.glpi_sync.lookups import Lookups
from services.glpi_sync.newcomers import Newcomers
from services.glpi_sync.passes import Passes
from services.glpi_sync.probe import probe
from services.glpi_sync.readings import Readings
from services.glpi_sync.requests import Requests
from services.glpi_sync.settings import GlpiSyncSettings
from services.glpi_sync.standing import Standing
from services.glpi_sync.store import Store
from services.glpi_sync.store_passes import PassStore
from services.glpi_sync.target import target_of
from shared.broker.consumer import Consumer
from shared.broker.subscription import Plan
from shared.database import Database
from shared.messages.kinds import GLPI_READINGS, GLPI_REQUEST
from shared.service.base import Service

log = structlog.get_logger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"


class GlpiSync(Service[GlpiSyncSettings]):
    """Puts the parts together."""

    role = "glpi_sync"

    def __init__(self, settings: GlpiSyncSettings) -> None:
        super().__init__(settings)
        self._database = Database(settings.data_dir / "glpi_sync.db", _MIGRATIONS)
        self._store = store = Store(self._database, timedelta(hours=settings.glpi_sync_recheck_hours))
        rows = PassStore(self._database)
        self._target = target_of(settings)
        self._standing = Standing(self._target, store, rows)
        self._newcomers = Newcomers(settings, store, rows, self.publisher)
        readings = Readings(store, self._newcomers.news, self._standing.changed)
        requests = Requests(
            self._target,
            Passes(settings, self._target, store, rows, readings, self._standing, self.publisher),
            Lookups(settings, self._target, store, self._standing, self.publisher),
            self.publisher,
            ladder_unit_s=settings.ladder_unit_s,
            after=self._newcomers.news,
        )
        # One request at a time: two passes side by side would ask GLPI for the same thing twice.
        plans = [
            Plan(
                GLPI_REQUEST,
                {"glpi.check": requests.check, "glpi.reconcile": requests.reconcile},
                prefetch=1,
                soft_limit_s=settings.soft_limit_s,
            ),
            Plan(GLPI_READINGS, {"polls.closed": readings.closed}, unvalidated=frozenset({"polls.closed"})),
        ]
        name = f"{self.role}/{self.instance}/consume"
        self.consumers = [Consumer(self.url, name, plans, self.publisher, self.reporter)]

    async def open(self) -> None:
        """Opens the database and says what is wrong with the settings for GLPI."""
        await self._database.open()
        await self._standing.load()
        if self._target.problem is not None:
            log.warning("glpi.not_usable", reason=str(self._target.problem))

    def tasks(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Counting for the beat; asking for new serials, where there is a GLPI to ask."""
        tasks = {"standing": self._standing.run()}
        return tasks | {"newcomers": self._ask()} if self._target.access is not None else tasks

    async def _ask(self) -> None:
        await probe(self._target, self._standing, self._store)
        self._newcomers.news()
        await self._newcomers.run()

    def beat(self) -> dict[str, str | int | float | bool | None]:
        """How it stands with GLPI."""
        return self._standing.detail()

    async def close(self) -> None:
        """Closes the database."""
        await self._database.close()
