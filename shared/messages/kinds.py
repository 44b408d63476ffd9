"""Every kind of message, declared once: its name and version, its body, its route, and the queues that receive it.

On the wire the AMQP `type` property is "<name>.v<version>". A service checks at start-up that it handles every kind
routed to its queues (`check_handlers`); at run time an unknown kind is parked as a dead letter, never dropped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from shared.errors import PrintsweepError
from shared.messages import beats, glpi, polls, replies, sweeps

RECORD, EVENTS, WORK, BEATS, COMMAND, REPLY = "record", "events", "work", "beats", "command", "reply"

# A queue's family: the sites' queues share one name here, and so do the reply queues.
POLL_QUEUES, REPLY_QUEUES = "poll.*", "reply.*"
STATUS_RECORD, STATUS_BEATS = "status.record", "status.beats"
SCHEDULER_FEEDBACK, SCHEDULER_COMMAND = "scheduler.feedback", "scheduler.command"
GLPI_READINGS, GLPI_REQUEST = "glpi.readings", "glpi.request"


class KindsInconsistent(PrintsweepError):
    """A service and the table of message kinds do not fit together."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message. `key` is the routing key, `{field}` standing for a field of the body."""

    name: str
    body: type[BaseModel]
    exchange: str
    key: str
    queues: tuple[str, ...]
    version: int = 1

    @property
    def type(self) -> str:
        """The AMQP `type` property."""
        return f"{self.name}.v{self.version}"


_DECLARED = (
    # The scheduler's feedback queue gets poll requests too: those that expired or died.
    Kind("poll.request", polls.PollRequest, WORK, "poll.{site}.{lane}", (POLL_QUEUES, SCHEDULER_FEEDBACK)),
    Kind("sweep.opened", sweeps.SweepOpened, RECORD, "sweep.opened", (STATUS_RECORD,)),
    Kind("sweep.closed", sweeps.SweepClosed, RECORD, "sweep.closed", (STATUS_RECORD,)),
    Kind("polls.requested", polls.PollsRequested, RECORD, "polls.requested", (STATUS_RECORD,)),
    Kind("polls.refused", polls.PollsRefused, RECORD, "polls.refused", (STATUS_RECORD,)),
    Kind("polls.expired", polls.PollsExpired, RECORD, "polls.expired", (STATUS_RECORD,)),
    Kind("printers.changed", sweeps.PrintersChanged, RECORD, "printers.changed", (STATUS_RECORD,)),
    Kind("polls.started", polls.PollsStarted, RECORD, "polls.started", (STATUS_RECORD,)),
    Kind("polls.finished", polls.PollsFinished, RECORD, "polls.finished", (STATUS_RECORD,)),
    Kind("polls.closed", polls.PollsClosed, EVENTS, "polls.closed", (SCHEDULER_FEEDBACK, GLPI_READINGS)),
    Kind("inventory.command", sweeps.InventoryCommand, COMMAND, "scheduler.command", (SCHEDULER_COMMAND,)),
    Kind("poll.order", polls.PollOrder, COMMAND, "scheduler.command", (SCHEDULER_COMMAND,)),
    Kind("sweep.order", sweeps.SweepOrder, COMMAND, "scheduler.command", (SCHEDULER_COMMAND,)),
    Kind("command.reply", replies.CommandReply, REPLY, "{reply_to}", (REPLY_QUEUES,)),
    Kind("glpi.check", glpi.GlpiCheck, COMMAND, "glpi.request", (GLPI_REQUEST,)),
    Kind("glpi.reconcile", glpi.GlpiReconcile, COMMAND, "glpi.request", (GLPI_REQUEST,)),
    Kind("glpi.checked", glpi.GlpiChecked, RECORD, "glpi.checked", (STATUS_RECORD,)),
    Kind("glpi.reconciled", glpi.GlpiReconciled, RECORD, "glpi.reconciled", (STATUS_RECORD,)),
    Kind("service.beat", beats.ServiceBeat, BEATS, "service.beat", (STATUS_BEATS,)),
)


def _by_type(kinds: Iterable[Kind]) -> Mapping[str, Kind]:
    table: dict[str, Kind] = {}
    for kind in kinds:
        if kind.type in table:
            raise KindsInconsistent(f"{kind.type} is declared twice.")
        table[kind.type] = kind
    return table


KINDS: Mapping[str, Kind] = _by_type(_DECLARED)
_BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in _DECLARED}


def kind(name: str) -> Kind:
    """The kind called `name` in its current version. Raises KindsInconsistent for an unknown name."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise KindsInconsistent(f"There is no kind {name!r}.") from None


def family(queue: str) -> str:
    """The queue's name in the table above: "poll.hq.urgent" belongs to "poll.*"."""
    for prefix, name in (("poll.", POLL_QUEUES), ("reply.", REPLY_QUEUES)):
        if queue.startswith(prefix):
            return name
    return queue


def check_handlers(queue: str, handled: Iterable[str]) -> None:
    """Raises KindsInconsistent unless `handled` names exactly the kinds routed to `queue`."""
    names = list(handled)
    expected = {k.name for k in _DECLARED if family(queue) in k.queues}
    if twice := {n for n in names if names.count(n) > 1}:
        raise KindsInconsistent(f"{queue}: two handlers for {', '.join(sorted(twice))}.")
    if missing := expected - set(names):
        raise KindsInconsistent(f"{queue}: no handler for {', '.join(sorted(missing))}, which is routed to it.")
    if extra := set(names) - expected:
        raise KindsInconsistent(f"{queue}: a handler for {', '.join(sorted(extra))}, which is not routed to it.")
