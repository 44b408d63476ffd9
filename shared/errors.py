"""Errors that carry a verdict: what becomes of the message whose handling raised them.

Every exception class of ours is one situation. Its docstring is its message; its `verdict` says whether the message
is tried again by the retry ladder, parked as a dead letter now, dropped as obsolete (and counted), or handed back
to its queue. A service adds its own classes in its own `errors` module; errors of libraries are in FOREIGN.
"""

import asyncio
from enum import StrEnum


class Verdict(StrEnum):
    """What a consumer does with the message."""

    RETRY = "retry"  # the ladder, then dead; where a queue has no ladder: dead
    PARK = "park"  # dead now
    DROP = "drop"  # obsolete: acked and counted
    HAND_BACK = "hand_back"  # requeued: not this message's fault


class PrintsweepError(Exception):
    """Something went wrong in printsweep."""

    verdict: Verdict = Verdict.PARK

    def __init__(self, detail: str = "", **evidence: object) -> None:
        self.detail = detail
        self.evidence = evidence
        super().__init__(detail)

    @property
    def title(self) -> str:
        """The situation: the first line of the class's docstring."""
        return (type(self).__doc__ or type(self).__name__).strip().splitlines()[0]

    def __str__(self) -> str:
        return f"{self.title} {self.detail}".strip()


class MalformedMessage(PrintsweepError):
    """The message's body is not what its kind prescribes."""


class UnknownKind(PrintsweepError):
    """No handler is known for this kind of message on this queue."""


class SoftLimitExceeded(PrintsweepError):
    """Handling the message took longer than its deadline."""

    verdict = Verdict.RETRY


class Obsolete(PrintsweepError):
    """The message no longer matters."""

    verdict = Verdict.DROP


class BrokerUnavailable(PrintsweepError):
    """The broker cannot be reached."""

    verdict = Verdict.HAND_BACK


class BrokerRefusesLogin(PrintsweepError):
    """The broker refuses this user name or password."""


class PublishTimeout(BrokerUnavailable):
    """The broker did not confirm a message in time: it may or may not have it."""


class PublishRefused(PrintsweepError):
    """The queue is full: the broker refused the message."""

    verdict = Verdict.HAND_BACK


class Unroutable(PrintsweepError):
    """No queue is bound for this routing key."""


class TopologyMissing(PrintsweepError):
    """A queue or an exchange is missing: run `printsweep topology apply`."""

    verdict = Verdict.HAND_BACK


class Stopping(PrintsweepError):
    """The service is stopping and has not begun with this message."""

    verdict = Verdict.HAND_BACK


class SettingsInvalid(PrintsweepError):
    """The settings are not usable."""


FOREIGN: dict[type[BaseException], Verdict] = {
    TimeoutError: Verdict.RETRY,
    ConnectionError: Verdict.RETRY,
    asyncio.CancelledError: Verdict.HAND_BACK,
}


def verdict_of(error: BaseException) -> Verdict:
    """The verdict for `error`: its own, else that of the nearest known base class, else PARK."""
    if isinstance(error, PrintsweepError):
        return error.verdict
    for base in type(error).__mro__:
        if base in FOREIGN:
            return FOREIGN[base]
    return Verdict.PARK
