"""Asks the scheduler for the whole inventory while this service knows nothing of it (a new database)."""

import asyncio

import structlog

from services.status_api.record.store_inventory import is_empty
from shared.broker.publisher import Publisher
from shared.database import Database
from shared.errors import PrintsweepError
from shared.messages.kinds import kind
from shared.messages.sweeps import InventoryCommand

log = structlog.get_logger(__name__)

_LOOK_S = 5.0
_AGAIN_S = 60.0


class InventoryRequest:
    """Asks once a minute until a printer is known. Afterwards printers.changed keeps the mirror true."""

    def __init__(self, reader: Database, publisher: Publisher) -> None:
        self._reader, self._publisher = reader, publisher

    async def run(self) -> None:
        """Asks until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if not await is_empty(self._reader):
                continue
            try:
                await self._publisher.publish(kind("inventory.command"), InventoryCommand(action="snapshot"))
            except PrintsweepError as error:
                log.info("inventory.not_asked", error=str(error))
            await asyncio.sleep(_AGAIN_S)
