"""What can go wrong in an exchange. None of these leaves the collector: a reader turns them into a partial or a
failed reading."""

from shared.errors import PrintsweepError


class SnmpError(PrintsweepError):
    """An SNMP exchange failed."""

    code = "snmp"


class NoAnswer(SnmpError):
    """The printer does not answer."""

    code = "no_answer"


class Unreachable(NoAnswer):
    """There is no way to the printer's network."""


class Nonsense(SnmpError):
    """The printer answers nonsense."""

    code = "nonsense"


class BudgetSpent(SnmpError):
    """The time for this printer is used up."""

    code = "budget_spent"


class Malformed(SnmpError):
    """A datagram is not a well-formed SNMP message."""
