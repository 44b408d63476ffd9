"""The collector's own situations. Those of SNMP are in snmp/errors.py."""

from shared.errors import PrintsweepError, SettingsInvalid, Verdict


class ProfilesInvalid(SettingsInvalid):
    """The file of SNMP profiles is not usable."""


class UnknownProfile(PrintsweepError):
    """This collector has no SNMP profile of that name: add it to the profiles file, or correct the printer's."""

    code = "unknown_profile"


class UnknownAddress(PrintsweepError):
    """The printer's address is neither an IP address nor a name that can be resolved."""

    code = "unknown_address"


class NotPermitted(PrintsweepError):
    """The address is outside the profile's permitted networks: nothing was sent to it."""

    verdict = Verdict.PARK
    code = "not_permitted"


class WrongCall(PrintsweepError):
    """The command was called in a way that makes no sense:"""

    code = "usage"


class NotStarted(PrintsweepError):
    """The collector has stopped taking work and has not begun with this poll."""

    verdict = Verdict.HAND_BACK


class NotPublished(PrintsweepError):
    """The printer was read, but the result cannot be published now; it is kept, and the request handed back."""

    verdict = Verdict.HAND_BACK
