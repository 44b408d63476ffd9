"""`python -m services.glpi_sync`."""

from services.glpi_sync.service import GlpiSync
from services.glpi_sync.settings import GlpiSyncSettings
from shared.service.run import main

main(GlpiSync, GlpiSyncSettings)
