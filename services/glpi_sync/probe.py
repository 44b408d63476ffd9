"""Whether GLPI lets us in, tried once at the start: a wrong token is seen at once and not at 02:00."""

import sqlite3

import structlog

from services.glpi_sync.client import GlpiError, GlpiSession
from services.glpi_sync.standing import Standing
from services.glpi_sync.store import Store
from services.glpi_sync.target import Target
from shared.text import clean

log = structlog.get_logger(__name__)


async def probe(target: Target, standing: Standing, store: Store) -> None:
    """Logs in and out. Where that works, questions of earlier runs that may have died are free to be asked again."""
    try:
        async with GlpiSession(target.require()):
            pass
    except GlpiError as error:
        standing.failed(error)
        log.warning("glpi.not_usable", reason=clean(error, 500))
        return
    standing.succeeded()
    try:
        await store.ask_again()
    except sqlite3.Error as error:
        log.warning("glpi.questions_not_freed", error=clean(error, 200))
    log.info("glpi.usable", host=target.host)
