"""What an SNMPv3 device refuses, each with its own code: the sentence says which setting of the profile to look at.

The object that a Report carries tells which (RFC 3414 section 5, RFC 3412 section 5, RFC 3413 section 4.1.2).
"""

from services.collector.snmp.errors import SnmpError
from services.collector.snmp.exchange import Oid


class Refused(SnmpError):
    """The printer refuses the SNMPv3 request."""

    code = "snmpv3_refused"


class UnknownUser(Refused):
    """The printer does not know this SNMPv3 user: correct `user` in the profile, or create it on the printer."""

    code = "unknown_user"


class WrongDigest(Refused):
    """The printer refuses the authentication: it has another password or protocol than the profile's `auth`."""

    code = "wrong_digest"


class WrongPrivacy(Refused):
    """The printer cannot decrypt the request: it has another password or protocol than the profile's `priv`."""

    code = "wrong_privacy"


class NotInTimeWindow(Refused):
    """The printer refuses each request as too old, even with the time it tells itself: restart its SNMP agent."""

    code = "not_in_time_window"


class UnsupportedLevel(Refused):
    """The printer does not offer this user this security level: correct the profile's `level`, or the user there."""

    code = "unsupported_security_level"


class UnknownContext(Refused):
    """The printer has no SNMP context of that name: correct `context` in the profile."""

    code = "unknown_context"


class UnknownEngine(Refused):
    """The printer does not recognise the engine id that it told itself: restart its SNMP agent."""

    code = "unknown_engine"


_USM, _MPD, _CONTEXTS = (1, 3, 6, 1, 6, 3, 15, 1, 1), (1, 3, 6, 1, 6, 3, 11, 2, 1), (1, 3, 6, 1, 6, 3, 12, 1)
NOT_IN_TIME_WINDOW: Oid = (*_USM, 2, 0)
UNKNOWN_ENGINE_ID: Oid = (*_USM, 4, 0)
REPORTS: dict[Oid, type[Refused]] = {
    (*_USM, 1, 0): UnsupportedLevel,
    NOT_IN_TIME_WINDOW: NotInTimeWindow,
    (*_USM, 3, 0): UnknownUser,
    UNKNOWN_ENGINE_ID: UnknownEngine,
    (*_USM, 5, 0): WrongDigest,
    (*_USM, 6, 0): WrongPrivacy,
    (*_MPD, 1, 0): Refused,
    (*_MPD, 2, 0): Refused,
    (*_MPD, 3, 0): Refused,
    (*_CONTEXTS, 4, 0): UnknownContext,
    (*_CONTEXTS, 5, 0): UnknownContext,
}
