"""The scheduler's own errors."""

from shared.errors import PrintsweepError, Verdict


class SteppedDown(PrintsweepError):
    """Another scheduler leads by now: this one writes nothing any more."""

    verdict = Verdict.HAND_BACK


class DatabaseBusy(PrintsweepError):
    """The scheduler's database cannot be written at present."""

    verdict = Verdict.HAND_BACK


class CommandRefused(PrintsweepError):
    """The command cannot be carried out."""

    code = "refused"


class NoSuchPrinters(CommandRefused):
    """None of these printer ids is known."""

    code = "unknown_printers"


class CommandIncomplete(CommandRefused):
    """The command lacks what its action needs."""

    code = "incomplete"


class KeyReused(CommandRefused):
    """This idempotency key was used for another command."""

    code = "idempotency_key_reused"


class InventoryFull(CommandRefused):
    """The inventory holds as many printers as PRINTSWEEP_SCHEDULER_MAX_PRINTERS allows."""

    code = "inventory_full"


class BadPrinter(CommandRefused):
    """A printer in the command is not usable."""

    code = "bad_printer"
