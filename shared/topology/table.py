"""The broker's topology as one table: exchanges, queues with their limits, bindings.

Only x-queue-type (and x-delivery-limit of the dead-letter queues) is an argument: arguments cannot be changed on a
living queue. Every limit is a policy. Limits are soft: one publish window and one prefetch may stand above them.
No exchange binds a reject-publish queue beside a drop-head one, save the dead-letter exchanges: a refusal by one
would duplicate in the other.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from shared.messages.kinds import (
    BEATS,
    COMMAND,
    EVENTS,
    GLPI_READINGS,
    GLPI_REQUEST,
    RECORD,
    REPLY,
    SCHEDULER_COMMAND,
    SCHEDULER_FEEDBACK,
    STATUS_BEATS,
    STATUS_RECORD,
    WORK,
)
from shared.topology.options import TopologyOptions

DEAD_POLLS, DEAD_RECORD, DEAD_GLPI, UNROUTABLE = "dead.polls", "dead.record", "dead.glpi", "unroutable"
DEAD_POLL_QUEUE, EXPIRED_POLL, DEAD_INDEX, LEADER = "dead.poll", "expired.poll", "dead.index", "scheduler.leader"
DEAD_QUEUES = (DEAD_POLL_QUEUE, DEAD_RECORD, DEAD_GLPI, EXPIRED_POLL)
PARKED = "x-parked"  # our own header: "yes" on what a service parked; a headers exchange routes on it (and on its type)
LADDER = (("retry.5m", 5), ("retry.20m", 20), ("retry.80m", 80))
POLICY_PREFIX = "printsweep:"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange; `alternate` takes what no binding of it matches."""

    name: str
    type: str
    alternate: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding of a queue to an exchange."""

    exchange: str
    key: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue, its policy definition and its bindings. `consumer`: the role that must be consuming."""

    name: str
    policy: dict[str, Any]
    bindings: tuple[Binding, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)
    consumer: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy: its definition for all objects whose names match `pattern`."""

    name: str
    pattern: str
    apply_to: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that the broker must hold."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    policies: tuple[Policy, ...]

    def queue(self, name: str) -> Queue | None:
        """The queue called `name`, or None."""
        return next((q for q in self.queues if q.name == name), None)


def dead_exchange_of(queue: str) -> str:
    """Where a message that `queue`'s consumer parks goes."""
    if queue.startswith("poll."):
        return DEAD_POLLS
    return DEAD_GLPI if queue.startswith("glpi.") else DEAD_RECORD


def has_ladder(queue: str) -> bool:
    """Only these two retry: a failed poll is a result, and a command's sender is waiting."""
    return queue in (GLPI_REQUEST, STATUS_RECORD)


def poll_queue(site: str, lane: str) -> str:
    """The queue of a site and lane."""
    return f"poll.{site}.{lane}"


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _refusing(length: int, max_bytes: int, **more: Any) -> dict[str, Any]:
    return {"max-length": length, "max-length-bytes": max_bytes, "overflow": "reject-publish", **more}


def _dropping(length: int, max_bytes: int, **more: Any) -> dict[str, Any]:
    return {"max-length": length, "max-length-bytes": max_bytes, "overflow": "drop-head", **more}


def _dead_to(exchange: str, *, at_least_once: bool) -> dict[str, Any]:
    strategy = "at-least-once" if at_least_once else "at-most-once"
    return {"dead-letter-exchange": exchange, "dead-letter-strategy": strategy, "delivery-limit": 20}


def _poll_queues(o: TopologyOptions) -> list[Queue]:
    ttl = {"routine": o.poll_interval_s, "urgent": o.urgent_ttl_s}
    return [
        Queue(
            poll_queue(site, lane),
            # At-least-once: the evidence that a poll expired or died must not get lost on its way.
            _refusing(o.max_queue_size, o.max_bytes)
            | _dead_to(DEAD_POLLS, at_least_once=True)
            | {"message-ttl": _ms(ttl[lane])},
            (Binding(WORK, poll_queue(site, lane)),),
            consumer="collector",
        )
        for site in o.sites
        for lane in ttl
    ]


def _dead_letter_queues(o: TopologyOptions) -> list[Queue]:
    # Listing by get or consume-and-requeue counts as a delivery: without a huge limit, looking would destroy (4.x).
    keep = {"x-delivery-limit": 1_000_000}
    limits = _dropping(o.dead_max_length, o.max_bytes)
    # A headers exchange keeps expiry, which comes by thousands, from burying poison.
    poison = tuple(
        Binding(DEAD_POLLS, arguments={"x-match": "any-with-x", header: value})
        for header, value in (
            ("x-first-death-reason", "rejected"),
            ("x-first-death-reason", "delivery_limit"),
            ("x-first-death-reason", "maxlen"),
            (PARKED, "yes"),
        )
    )
    expired = Binding(DEAD_POLLS, arguments={"x-match": "any-with-x", "x-first-death-reason": "expired"})
    return [
        Queue(DEAD_POLL_QUEUE, limits, poison, keep),
        Queue(EXPIRED_POLL, _dropping(min(1000, o.dead_max_length), o.max_bytes), (expired,), keep),
        Queue(DEAD_RECORD, limits, (Binding(DEAD_RECORD),), keep),
        Queue(DEAD_GLPI, limits, (Binding(DEAD_GLPI),), keep),
        Queue(
            DEAD_INDEX,
            limits,
            (*poison, Binding(DEAD_RECORD), Binding(DEAD_GLPI)),
            keep,
            consumer="status_api",
        ),
        Queue(UNROUTABLE, _dropping(10_000, o.max_bytes), (Binding(UNROUTABLE),), keep),
    ]


def _service_queues(o: TopologyOptions) -> list[Queue]:
    # An optional service that is down must never stop the pipeline: its queues drop their head, far beyond a fleet.
    feedback = _dropping(max(50_000, 4 * o.max_queue_size), o.max_bytes)
    return [
        Queue(
            STATUS_RECORD,
            _refusing(20_000, o.max_bytes) | _dead_to(DEAD_RECORD, at_least_once=True),
            (Binding(RECORD, "#"),),
            consumer="status_api",
        ),
        Queue(
            SCHEDULER_FEEDBACK,
            feedback,
            # Expired and dead polls come here too, so that a sweep closes at once and not by the clock.
            (Binding(EVENTS, "polls.closed"), Binding(DEAD_POLLS, arguments={"x-match": "all"})),
            consumer="scheduler",
        ),
        Queue(GLPI_READINGS, feedback, (Binding(EVENTS, "polls.closed"),), consumer="glpi_sync"),
        Queue(
            SCHEDULER_COMMAND,
            # A command that nobody took in time is kept as a dead letter: somebody may have sent it by hand.
            _refusing(1000, o.max_bytes)
            | _dead_to(DEAD_RECORD, at_least_once=True)
            | {"message-ttl": _ms(o.reply_deadline_s)},
            (Binding(COMMAND, SCHEDULER_COMMAND),),
            consumer="scheduler",
        ),
        Queue(
            STATUS_BEATS,
            _dropping(1000, 16 * 1024 * 1024, **{"message-ttl": 30_000}),
            (Binding(BEATS, "#"),),
            consumer="status_api",
        ),
        Queue(
            GLPI_REQUEST,
            _refusing(1000, o.max_bytes) | _dead_to(DEAD_GLPI, at_least_once=True),
            (Binding(COMMAND, GLPI_REQUEST),),
            consumer="glpi_sync",
        ),
    ]


def _retry_queues(o: TopologyOptions) -> list[Queue]:
    # Dead-lettering to the default exchange brings a message back to the very queue that failed: its routing key.
    return [
        Queue(
            name,
            _refusing(20_000, o.max_bytes)
            | {
                "message-ttl": _ms(units * o.ladder_unit_s),
                "dead-letter-exchange": "",
                "dead-letter-strategy": "at-least-once",
            },
            (Binding(name),),
        )
        for name, units in LADDER
    ]


def _policies(exchanges: tuple[Exchange, ...], queues: tuple[Queue, ...]) -> tuple[Policy, ...]:
    by_lane = {f"poll.*.{lane}": rf"^poll\.[^.]+\.{lane}$" for lane in ("routine", "urgent")}
    policies: dict[str, Policy] = {}
    for queue in queues:
        lane_name = f"poll.*.{queue.name.rsplit('.', 1)[-1]}"
        name, pattern = (
            (lane_name, by_lane[lane_name])
            if queue.name.startswith("poll.")
            else (queue.name, f"^{re.escape(queue.name)}$")
        )
        policies[name] = Policy(POLICY_PREFIX + name, pattern, "queues", queue.policy)
    for exchange in exchanges:
        if exchange.alternate:
            policies[f"x:{exchange.name}"] = Policy(
                f"{POLICY_PREFIX}exchange.{exchange.name}",
                f"^{re.escape(exchange.name)}$",
                "exchanges",
                {"alternate-exchange": exchange.alternate},
            )
    small = 4 * 1024 * 1024
    policies["reply"] = Policy(
        f"{POLICY_PREFIX}reply", r"^reply\.", "queues", _dropping(1000, small, **{"message-ttl": 60_000})
    )
    policies["leader"] = Policy(
        POLICY_PREFIX + LEADER, f"^{re.escape(LEADER)}$", "queues", {"max-length": 1, "overflow": "drop-head"}
    )
    return tuple(policies.values())


def topology(options: TopologyOptions) -> Topology:
    """The whole table for these limits and sites."""
    exchanges = (
        Exchange(WORK, "topic"),  # no alternate: an unroutable poll is returned and becomes REFUSED
        Exchange(RECORD, "topic", UNROUTABLE),
        Exchange(EVENTS, "topic", UNROUTABLE),
        Exchange(BEATS, "topic"),
        Exchange(COMMAND, "topic"),
        Exchange(REPLY, "direct"),
        Exchange(UNROUTABLE, "fanout"),
        Exchange(DEAD_POLLS, "headers"),
        Exchange(DEAD_RECORD, "fanout"),
        Exchange(DEAD_GLPI, "fanout"),
        *(Exchange(name, "fanout") for name, _ in LADDER),
    )
    queues = tuple(
        _poll_queues(options) + _service_queues(options) + _retry_queues(options) + _dead_letter_queues(options)
    )
    return Topology(exchanges, queues, _policies(exchanges, queues))
