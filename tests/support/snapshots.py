"""A healthy system as the doctor sees it, and ways to make it ill."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from doctor.snapshot import (
    BeatView,
    BrokerView,
    DiskView,
    ExchangeView,
    NodeView,
    QueueView,
    Snapshot,
    StatusView,
    SweepView,
    binding_keys,
)
from shared.topology.options import TopologyOptions
from shared.topology.table import topology
from shared.words import ROLES

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WANTED = topology(TopologyOptions())
INTERVAL_S = 3600.0


def ago(seconds: float) -> datetime:
    """Before NOW, in seconds."""
    return NOW - timedelta(seconds=seconds)


def beat(role: str, **more: Any) -> BeatView:
    """A fresh beat of `role`."""
    state = "leader" if role == "scheduler" else "running"
    values = {"state": state, "age_s": 2.0, "version": "1", "started_at": ago(600), "last_progress_at": ago(3), **more}
    return BeatView(
        role=role, instance=more.pop("instance", f"{role}-1"), **{k: v for k, v in values.items() if k != "instance"}
    )


def healthy() -> Snapshot:
    """Nothing is wrong."""
    queues = {
        q.name: QueueView(
            q.name,
            consumers=1 if q.consumer else 0,
            policy=f"printsweep:{q.name}",
            definition=q.policy,
            arguments={"x-queue-type": "quorum", **q.arguments},
        )
        for q in WANTED.queues
    }
    exchanges = {
        e.name: ExchangeView(e.name, e.type, f"printsweep:exchange.{e.name}" if e.alternate else None)
        for e in WANTED.exchanges
    }
    bindings = frozenset(key for q in WANTED.queues for key in binding_keys(q))
    status = StatusView(
        beats=tuple(beat(role) for role in ROLES),
        sweep=SweepView("s1", state="closed", planned=10, requested=10, done=9, failed=1),
        last_slot_at=ago(600),
        interval_s=INTERVAL_S,
        disks=(DiskView("data", 50_000_000_000, 100_000_000_000),),
    )
    return Snapshot(NOW, BrokerView(queues, exchanges, bindings, (NodeView("n1"),)), status, wanted=WANTED)


def queue(snapshot: Snapshot, name: str, **changes: Any) -> Snapshot:
    """One queue changed."""
    assert snapshot.broker is not None
    changed = {**snapshot.broker.queues, name: replace(snapshot.broker.queues[name], **changes)}
    return replace(snapshot, broker=replace(snapshot.broker, queues=changed))


def broker(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """The broker's view changed."""
    assert snapshot.broker is not None
    return replace(snapshot, broker=replace(snapshot.broker, **changes))


def status(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """status_api's view changed."""
    assert snapshot.status is not None
    return replace(snapshot, status=replace(snapshot.status, **changes))


def without(mapping: Any, name: str) -> dict[str, Any]:
    """A mapping without one name."""
    return {k: v for k, v in mapping.items() if k != name}


def others(role: str, *beats: BeatView) -> tuple[BeatView, ...]:
    """A beat of every other role, and these."""
    return (*(beat(r) for r in ROLES if r != role), *beats)
