"""Reads the broker's half of a snapshot over the management API, in four requests.

The API's figures are up to 5 s old for consumers and classic queues, about 9 s for the depth of quorum queues. Rather
than asking twice and waiting in between, we ask the broker for the samples that it keeps (one each 5 s): the two
samples that tell "no ack since" from "an ack just now" are already there, and a first look says as much as a second.
"""

from collections.abc import Mapping
from typing import Any

from doctor.snapshot import BrokerView, ExchangeView, NodeView, QueueView, binding_key
from shared.management import Management

MEMORY_S = 120  # how far back the broker's samples are asked for
_STEP_S = 5
_QUEUE_COLUMNS = (
    "name,state,arguments,policy,effective_policy_definition,consumers,message_bytes,messages_ready,"
    "messages_ready_details,messages_unacknowledged,messages_unacknowledged_details,message_stats.ack,"
    "message_stats.ack_details,message_stats.publish,message_stats.publish_details,message_stats.redeliver,"
    "message_stats.redeliver_details"
)
_QUEUES = (
    f"queues/{{vhost}}?columns={_QUEUE_COLUMNS}"
    f"&msg_rates_age={MEMORY_S}&msg_rates_incr={_STEP_S}&lengths_age={MEMORY_S}&lengths_incr={_STEP_S}"
)
_EXCHANGES = "exchanges/{vhost}?columns=name,type,policy"
_BINDINGS = "bindings/{vhost}?columns=source,destination,destination_type,routing_key,arguments"
_NODES = "nodes?columns=name,running,mem_alarm,disk_free_alarm,mem_used,mem_limit,disk_free,disk_free_limit,partitions"

Samples = list[tuple[float, int]]  # (seconds since the epoch by the broker's clock, value), the oldest first


async def broker_view(api: Management) -> BrokerView:
    """The broker's half. Raises what `Management` raises: BrokerUnavailable, BrokerRefusesLogin, ManagementMissing."""
    queues = [queue_view(q) for q in await api.get(_QUEUES)]
    exchanges = [ExchangeView(e["name"], e["type"], e.get("policy")) for e in await api.get(_EXCHANGES) if e["name"]]
    bindings = frozenset(
        binding_key(b["source"], b["destination"], b["routing_key"], b.get("arguments") or {})
        for b in await api.get(_BINDINGS)
        if b["source"] and b["destination_type"] == "queue"
    )
    nodes = tuple(node_view(n) for n in await api.get(_NODES))
    return BrokerView({q.name: q for q in queues}, {e.name: e for e in exchanges}, bindings, nodes)


def queue_view(raw: Mapping[str, Any]) -> QueueView:
    """One queue of GET /api/queues/{vhost}. A queue of the last seconds has no figures yet: they count as 0."""
    stats = raw.get("message_stats") or {}
    acks, published, redelivered = (_samples(stats, name) for name in ("ack", "publish", "redeliver"))
    unacked, ready = _samples(raw, "messages_unacknowledged"), _samples(raw, "messages_ready")
    return QueueView(
        name=raw["name"],
        ready=_number(raw.get("messages_ready")) or 0,
        unacked=_number(raw.get("messages_unacknowledged")) or 0,
        consumers=_number(raw.get("consumers")) or 0,
        bytes=_number(raw.get("message_bytes")) or 0,
        state=str(raw.get("state") or "running"),
        policy=raw.get("policy") or None,
        definition=_mapping(raw.get("effective_policy_definition")),
        arguments={k: v for k, v in _mapping(raw.get("arguments")).items() if k.startswith("x-")},
        acks=_number(stats.get("ack")),
        acks_before=_first(acks),
        redelivered=_number(stats.get("redeliver")),
        redelivered_before=_first(redelivered),
        published=_number(stats.get("publish")),
        published_before=_first(published),
        window_s=acks[-1][0] - acks[0][0] if acks else 0.0,
        stalled_s=stalled_s(acks, unacked),
        waiting_s=unbroken_s(ready),
    )


def node_view(raw: Mapping[str, Any]) -> NodeView:
    """One node of GET /api/nodes."""
    return NodeView(
        name=str(raw["name"]),
        running=bool(raw.get("running", True)),
        memory_alarm=raw.get("mem_alarm") is True,
        disk_alarm=raw.get("disk_free_alarm") is True,
        memory_used=_number(raw.get("mem_used")),
        memory_limit=_number(raw.get("mem_limit")),
        disk_free=_number(raw.get("disk_free")),
        disk_limit=_number(raw.get("disk_free_limit")),
        partitions=tuple(str(p) for p in raw.get("partitions") or ()),
    )


def unbroken_s(samples: Samples) -> float:
    """For how long up to the last sample the value has been above 0."""
    since = None
    for at, value in reversed(samples):
        if value <= 0:
            break
        since = at
    return samples[-1][0] - since if since is not None else 0.0


def stalled_s(acks: Samples, unacked: Samples) -> float:
    """For how long up to the last sample messages have been with consumers while the ack counter stood still.

    A queue of which nothing was ever acked may have no ack samples at all: then only `unacked` counts.
    """
    held = unbroken_s(unacked)
    if not acks:
        return held
    still = acks[-1][0] - next((at for at, value in acks if value == acks[-1][1]), acks[-1][0])
    return min(held, still)


def _samples(raw: Mapping[str, Any], name: str) -> Samples:
    details = raw.get(f"{name}_details")
    rows = details.get("samples") if isinstance(details, Mapping) else None
    pairs = [(row["timestamp"] / 1000, int(row["sample"])) for row in rows or () if row.get("sample") is not None]
    return sorted(pairs)


def _first(samples: Samples) -> int | None:
    return samples[0][1] if samples else None


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}  # an empty one is [] in some answers
