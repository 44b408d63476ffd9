"""The GLPI client: the legacy REST API of GLPI 10 and 11, read only. It knows neither broker nor database."""

from services.glpi_sync.client.access import GlpiAccess
from services.glpi_sync.client.entities import read_entities
from services.glpi_sync.client.errors import GlpiError
from services.glpi_sync.client.pages import read_printers
from services.glpi_sync.client.rows import GlpiPrinter
from services.glpi_sync.client.serials import find_serials
from services.glpi_sync.client.session import GlpiSession

__all__ = ["GlpiAccess", "GlpiError", "GlpiPrinter", "GlpiSession", "find_serials", "read_entities", "read_printers"]
