"""Queues: is somebody consuming, does he ack, is there room, is the queue itself well?"""

from collections.abc import Iterator

from doctor.checks.check import Check
from doctor.finding import Finding
from doctor.snapshot import QueueView, Snapshot
from shared.messages.kinds import POLL_QUEUES, family
from shared.topology.table import DEAD_QUEUES, LADDER

NEAR_LIMIT = 0.8  # a full queue refuses until it has drained to about this share
DEAD_NEAR_LIMIT = 0.5  # dead letters beyond the limit are discarded: say so long before
ENDLESS = 20  # redeliveries within the broker's memory (2 min) that are more than a restart explains

# Family of queues → seconds without an ack before it is said: with more messages waiting, and in any case.
# A poll may take its whole budget (60 s); a GLPI pass is one message and may take minutes: its service's progress
# is watched instead (services.frozen).
_PATIENCE: dict[str, tuple[float, float]] = {POLL_QUEUES: (10.0, 75.0)}
_DEFAULT_PATIENCE = (10.0, 30.0)
_LONG_HANDLERS = "glpi."


def consumer_of(snapshot: Snapshot, name: str) -> str | None:
    """The role that must consume the queue; also for the queues of sites that the settings do not name."""
    if family(name) == POLL_QUEUES:
        return "collector"
    queue = snapshot.wanted.queue(name) if snapshot.wanted else None
    return queue.consumer if queue else None


def _all(snapshot: Snapshot) -> list[QueueView]:
    return list(snapshot.broker.queues.values()) if snapshot.broker else []


def _no_consumers(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for queue in _all(snapshot):
        role = consumer_of(snapshot, queue.name)
        if role is None or queue.consumers or (queue.messages == 0 and role not in snapshot.roles):
            continue
        site = queue.name.split(".")[1] if role == "collector" else ""
        where = f" of the site {site}" if site else ""
        waiting = f"{queue.messages:,} messages wait in {queue.name} and n" if queue.messages else "N"
        yield check.found(
            "error",
            queue.name,
            f"{waiting}obody consumes {'it' if queue.messages else queue.name}: no {role}{where} is connected.",
            f"{queue.ready:,} ready, {queue.unacked:,} unacked, 0 consumers, limit {queue.limit or 'none'}",
            f"Start one: `printsweep restart {role}`; `printsweep logs {role}` says why it is not there.",
        )


def _no_acks(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for queue in _all(snapshot):
        role = consumer_of(snapshot, queue.name)
        if role is None or not queue.consumers or not queue.unacked or queue.name.startswith(_LONG_HANDLERS):
            continue
        busy, at_all = _PATIENCE.get(family(queue.name), _DEFAULT_PATIENCE)
        if queue.stalled_s < (busy if queue.ready else at_all):
            continue
        yield check.found(
            "error" if queue.stalled_s >= at_all else "warning",
            queue.name,
            f"The consumers of {queue.name} hold {queue.unacked:,} messages and acknowledge none.",
            f"acks stand at {queue.acks or 0:,} for {queue.stalled_s:.0f} s with {queue.consumers} consumers, "
            f"{queue.ready:,} more messages wait",
            f"`printsweep logs {role}` says what it is doing; after `printsweep restart {role}` "
            "its messages are delivered again.",
        )


def _full(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for queue in _all(snapshot):
        if not queue.limit or queue.limit == 1:  # 1: the leader's lock, which holds nothing
            continue
        share = queue.messages / queue.limit
        dead = queue.name in DEAD_QUEUES
        if share < (DEAD_NEAR_LIMIT if dead else NEAR_LIMIT):
            continue
        refuses = queue.definition.get("overflow") == "reject-publish"
        effect = "new messages are refused" if refuses else "the oldest messages are discarded"
        full = share >= 1
        yield check.found(
            "error" if full else "warning",
            queue.name,
            f"{queue.name} is full: {effect}." if full else f"{queue.name} is {share:.0%} full: at its limit {effect}.",
            f"{queue.messages:,} of {queue.limit:,} messages, {queue.consumers} consumers, {_flow(queue)}",
            _remedy_for_full(snapshot, queue, dead),
        )


def _flow(queue: QueueView) -> str:
    if queue.acks is None or queue.acks_before is None or not queue.window_s:
        return "no figures on its flow"
    acked = queue.acks - queue.acks_before
    came = (queue.published or 0) - (queue.published_before or 0)
    return f"{came:,} came and {acked:,} were done in the last {queue.window_s:.0f} s"


def _remedy_for_full(snapshot: Snapshot, queue: QueueView, dead: bool) -> str:
    if dead:
        return "Replay or discard its dead letters: `printsweep dead groups`, `printsweep dead replay`."
    if queue.name in dict(LADDER):
        return "Find out what fails so often: `printsweep dead groups` and the log of the service that retries."
    role = consumer_of(snapshot, queue.name)
    if role == "collector":
        return "Start more collectors for the site, poll less often (POLL_INTERVAL_MINUTES), or raise MAX_QUEUE_SIZE."
    return f"`printsweep logs {role}` says why it does not keep up." if role else "Empty it, or find out who fills it."


def _unwell(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for queue in _all(snapshot):
        if queue.state not in ("running", "idle", "flow"):
            yield check.found(
                "error",
                queue.name,
                f"The broker says that the queue {queue.name} is {queue.state}.",
                f"state {queue.state}",
                "A quorum queue needs more than half of its nodes: start the nodes that are down, see RabbitMQ's log.",
            )


def _endless(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for queue in _all(snapshot):
        again = (queue.redelivered or 0) - (queue.redelivered_before or 0)
        acked = (queue.acks or 0) - (queue.acks_before or 0)
        if consumer_of(snapshot, queue.name) and again >= ENDLESS and again > acked:
            yield check.found(
                "warning",
                queue.name,
                f"Messages of {queue.name} come back again and again: a message may be killing its consumer.",
                f"{again:,} redeliveries and {acked:,} acks in the last {queue.window_s:.0f} s",
                "Look for restarts in the logs of its service. The broker gives a message up after 20 deliveries "
                "and puts it among the dead letters.",
            )


CHECKS = (
    Check("queue_no_consumers", "A queue has no consumer.", _no_consumers),
    Check("queue_no_acks", "The consumers of a queue do not acknowledge.", _no_acks),
    Check("queue_full", "A queue is at or near its limit.", _full),
    Check("queue_unwell", "A queue is not running.", _unwell),
    Check("queue_redelivers", "Messages are delivered again and again.", _endless),
)
