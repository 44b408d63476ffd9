"""glpi_sync's own errors; those of asking GLPI are in client/errors.py."""

from shared.errors import PrintsweepError, Verdict


class GlpiNotConfigured(PrintsweepError):
    """GLPI is not configured: set PRINTSWEEP_GLPI_SYNC_URL, _APP_TOKEN and _USER_TOKEN, and restart glpi_sync."""

    code = "glpi_not_configured"


class GlpiSettingsUnusable(GlpiNotConfigured):
    """GLPI's settings cannot be used."""

    code = "glpi_settings_unusable"


class RequestTooLong(PrintsweepError):
    """GLPI answered, but too slowly to finish within PRINTSWEEP_GLPI_SYNC_PASS_LIMIT_S."""

    verdict = Verdict.RETRY


class StoreFailed(PrintsweepError):
    """glpi_sync's database cannot be read or written: is its disk full?"""

    verdict = Verdict.RETRY


class ReadingsNotStored(StoreFailed):
    """Serial numbers could not be written to glpi_sync's database: is its disk full?"""

    verdict = Verdict.HAND_BACK
