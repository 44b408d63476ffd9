"""What can go wrong between us and a GLPI: one class per situation, its docstring is its message.

`RETRY` is for what passes by itself; `PARK` for what a person must change, in GLPI or in our settings. GLPI is
recognised by status, shape and error code, never by its texts: they come in the language of the session.
"""

from shared.errors import PrintsweepError, Verdict


class GlpiError(PrintsweepError):
    """GLPI could not be asked."""


class GlpiUnreachable(GlpiError):
    """GLPI cannot be reached: check its address, the network and whether its web server runs."""

    verdict = Verdict.RETRY


class GlpiTimeout(GlpiError):
    """GLPI did not answer in time."""

    verdict = Verdict.RETRY


class GlpiNotJson(GlpiError):
    """GLPI answered with something that is not JSON; if it always does, its address is wrong."""

    verdict = Verdict.RETRY


class GlpiEmptyAnswer(GlpiNotJson):
    """GLPI answered with nothing at all: most likely an error inside GLPI; look into its files/_log/php-errors.log."""


class GlpiMaintenance(GlpiNotJson):
    """GLPI is in maintenance mode and shows its maintenance page to everybody."""


class GlpiDatabaseDown(GlpiNotJson):
    """GLPI has lost its database."""


class GlpiServerFailed(GlpiNotJson):
    """GLPI failed inside (a status of 500 or above): its database or its web server is in trouble."""


class GlpiKeepsChanging(GlpiError):
    """The printers in GLPI changed each time while they were being read, so no reading of them is whole."""

    verdict = Verdict.RETRY


class GlpiItemMissing(GlpiError):
    """GLPI no longer has this item."""


class GlpiWrongAddress(GlpiError):
    """There is no GLPI REST API at this address. GLPI 10 has it under …/apirest.php, GLPI 11 under …/api.php/v1."""


class GlpiCertificateRejected(GlpiError):
    """GLPI's TLS certificate is not trusted: name the authority's certificate in the settings."""


class GlpiApiDisabled(GlpiError):
    """GLPI's REST API is switched off: Setup > General > API > Enable Rest API."""


class GlpiIpNotAllowed(GlpiError):
    """GLPI has no active API client for our IP address: Setup > General > API."""


class GlpiAppTokenRejected(GlpiError):
    """GLPI does not accept the app token: compare it with Setup > General > API > the API client."""


class GlpiBadCredentials(GlpiError):
    """GLPI does not accept the user token: it is wrong, or its user is disabled or has no profile."""


class GlpiSessionRejected(GlpiError):
    """GLPI does not accept the session that it has just opened: look at the session storage of its PHP."""


class GlpiRightMissing(GlpiError):
    """The GLPI user may not do this: its profile needs the right to read printers."""


class GlpiEntitiesRefused(GlpiError):
    """GLPI did not open the user's entities: its profile must be given in an entity, best in the root, recursive."""


class GlpiRequestRefused(GlpiError):
    """GLPI refused our request as malformed: this GLPI is not one that we know how to ask."""


class GlpiUnexpectedAnswer(GlpiError):
    """GLPI answered with JSON of another shape than the one that was asked for."""


class GlpiAnswerTooLarge(GlpiError):
    """GLPI's answer is larger than the limit for one answer."""


class GlpiTooManyPrinters(GlpiError):
    """GLPI holds more printers than the limit for one pass."""
