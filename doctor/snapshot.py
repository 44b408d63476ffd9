"""What the checks look at: one moment of the system, as plain data. Whoever fills it in need not know the checks.

It has two halves, each of which may be missing with a reason: the broker's (from the management API) and the status
half (from status_api: its own tables, or its HTTP API). All instants are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.topology.table import Queue, Topology
from shared.words import ROLES


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue. Counters are None where the broker keeps no statistics (yet): no message has moved.

    `acks_before` is the counter `window_s` seconds earlier, `acks` the one of now; the others likewise. `stalled_s`:
    for how long, as far back as the broker remembers, messages have been with consumers and none was acked.
    `waiting_s`: for how long messages have been ready without a break.
    """

    name: str
    ready: int = 0
    unacked: int = 0
    consumers: int = 0
    bytes: int = 0
    state: str = "running"
    policy: str | None = None
    definition: Mapping[str, Any] = field(default_factory=dict)  # the effective policy definition
    arguments: Mapping[str, Any] = field(default_factory=dict)
    acks: int | None = None
    acks_before: int | None = None
    redelivered: int | None = None
    redelivered_before: int | None = None
    published: int | None = None
    published_before: int | None = None
    window_s: float = 0.0
    stalled_s: float = 0.0
    waiting_s: float = 0.0

    @property
    def messages(self) -> int:
        """All messages of the queue."""
        return self.ready + self.unacked

    @property
    def limit(self) -> int | None:
        """The max-length in force."""
        value = self.definition.get("max-length")
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One exchange and the name of the policy that applies to it."""

    name: str
    type: str
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node of the broker. Sizes are bytes; None where the user may not see them."""

    name: str
    running: bool = True
    memory_alarm: bool = False
    disk_alarm: bool = False
    memory_used: int | None = None
    memory_limit: int | None = None
    disk_free: int | None = None
    disk_limit: int | None = None
    partitions: tuple[str, ...] = ()


BindingKey = tuple[str, str, str, str]  # exchange, queue, routing key, arguments as sorted text


def binding_key(exchange: str, queue: str, key: str, arguments: Mapping[str, Any]) -> BindingKey:
    """A binding in a form that can be compared."""
    return exchange, queue, key, ", ".join(f"{k}={v}" for k, v in sorted(arguments.items()))


def binding_keys(queue: Queue) -> list[BindingKey]:
    """The bindings that the table gives a queue."""
    return [binding_key(b.exchange, queue.name, b.key, b.arguments) for b in queue.bindings]


@dataclass(frozen=True, slots=True)
class BrokerView:
    """The broker's half."""

    queues: Mapping[str, QueueView] = field(default_factory=dict)
    exchanges: Mapping[str, ExchangeView] = field(default_factory=dict)
    bindings: frozenset[BindingKey] = frozenset()
    nodes: tuple[NodeView, ...] = ()


@dataclass(frozen=True, slots=True)
class BeatView:
    """The last beat of one process. `age_s` is counted by the receiver's clock from the receipt.

    `skew_s`: the sender's clock minus the receiver's at the receipt; None where it is not known.
    """

    role: str
    instance: str
    state: str
    age_s: float
    version: str = ""
    host: str = ""
    started_at: datetime | None = None
    last_progress_at: datetime | None = None
    in_flight: int = 0
    done: int = 0
    failed: int = 0
    skew_s: float | None = None
    detail: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SweepView:
    """The latest sweep. `refused_reasons` is reason (queue_full, no_queue_for_site, broker_unavailable) → polls."""

    id: str
    slot: datetime | None = None
    state: str = "open"
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    planned: int = 0
    requested: int = 0
    done: int = 0
    failed: int = 0
    refused: int = 0
    expired: int = 0
    dead: int = 0
    waiting: int = 0
    refused_reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeadGroup:
    """Dead letters that are neither replayed nor discarded, of one queue, kind, reason and error."""

    queue: str
    kind: str
    reason: str
    error_type: str
    count: int
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class DiskView:
    """The file system of a data folder, in bytes."""

    path: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class StatusView:
    """The status half: what status_api has seen.

    `listening_s`: how long it has been hearing beats; a role is called missing only after it had time to be heard.
    `interval_s`: the default poll interval, the unit of the dead-man's switch on slots.
    """

    beats: tuple[BeatView, ...] = ()
    sweep: SweepView | None = None
    last_slot_at: datetime | None = None
    interval_s: float = 3600.0
    listening_s: float = 3600.0
    dead: tuple[DeadGroup, ...] = ()
    disks: tuple[DiskView, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of the whole system.

    `broker_error`: why the broker's AMQP port cannot be used (None: it can, or nobody tried). `management_error` and
    `status_error`: why that half is missing. `wanted` is the topology that the settings ask for; None skips the
    comparison.
    """

    at: datetime
    broker: BrokerView | None = None
    status: StatusView | None = None
    broker_error: str | None = None
    management_error: str | None = None
    status_error: str | None = None
    wanted: Topology | None = None
    roles: tuple[str, ...] = ROLES
