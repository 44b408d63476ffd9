"""The errors of status_api."""

from shared.errors import PrintsweepError, Verdict


class NoReply(PrintsweepError):
    """The other service did not answer the command in time."""

    verdict = Verdict.HAND_BACK


class TooManyWaiting(PrintsweepError):
    """Too many requests are waiting already."""


class CommandRefused(PrintsweepError):
    """The other service refused the command."""

    def __init__(self, code: str, title: str, detail: str) -> None:
        self.code, self.refusal = code, title
        super().__init__(detail)


class StorageUnavailable(PrintsweepError):
    """The database could not be written for a while: the disk is full, or another program holds the file."""

    verdict = Verdict.RETRY


class ResultInvalid(PrintsweepError):
    """One result of a batch is not what polls.finished prescribes; the others were recorded."""


class TokensUnusable(PrintsweepError):
    """The file of tokens cannot be used."""


class DeadLettersUnreadable(PrintsweepError):
    """The dead-letter queue cannot be read."""
