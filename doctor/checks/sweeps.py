"""Slots and sweeps: does the calendar fire, does every poll of the round find its way?"""

from collections.abc import Iterator
from datetime import datetime

from doctor.checks.check import Check
from doctor.checks.services import alive
from doctor.finding import Finding
from doctor.snapshot import Snapshot, StatusView, SweepView
from doctor.status import instant

_REASONS = {
    "queue_full": "the queue stayed full for half the interval",
    "no_queue_for_site": "no queue is bound for the site",
    "broker_unavailable": "the broker was away for half the interval",
}
_REMEDIES = {
    "queue_full": "Start collectors for the site (`printsweep restart collector`) or raise MAX_QUEUE_SIZE.",
    "no_queue_for_site": "Name the site in PRINTSWEEP_SITES and run `printsweep topology apply`.",
    "broker_unavailable": "Find out in RabbitMQ's log why it was away.",
}


def _no_slot(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.status is None:
        return
    status = snapshot.status
    leader = next((b for b in status.beats if b.role == "scheduler" and b.state == "leader" and alive(b)), None)
    if leader is not None and leader.detail.get("printers") == 0:
        return  # nothing to poll: no slot is due
    since = status.last_slot_at or (leader.started_at if leader else None)
    if since is None:
        return
    age = (snapshot.at - since).total_seconds()
    interval_s = _interval_s(status, since)
    if age > 2 * interval_s:
        due = since.isoformat(timespec="seconds")
        told = (
            f"the last one was due at {due}" if status.last_slot_at else f"none has since the scheduler began at {due}"
        )
        yield check.found(
            "error",
            "slots",
            f"No slot has fired for {age / 60:.0f} minutes: printers are not being polled.",
            f"{told}; a slot is due every {interval_s / 60:.0f} minutes",
            "`printsweep logs scheduler` says why; `printsweep sweep now` polls all printers at once.",
        )


def _interval_s(status: StatusView, since: datetime) -> float:
    """Between two slots: the default interval, or what the calendar (a cron line) makes of it if that is longer."""
    told = [b.detail.get("next_slot_at") for b in status.beats if b.role == "scheduler" and b.state == "leader"]
    following = [at for text in told if (at := instant(text))]
    return max([status.interval_s, *((at - since).total_seconds() for at in following)])


def _sweep(snapshot: Snapshot) -> SweepView | None:
    return snapshot.status.sweep if snapshot.status else None


def _blocking_queues(snapshot: Snapshot, reason: str) -> str:
    """Which queues explain the refusals, as far as the broker still shows it."""
    if snapshot.broker is None or reason != "queue_full":
        return ""
    polls = [q for name, q in sorted(snapshot.broker.queues.items()) if name.startswith("poll.")]
    shown = [q for q in polls if q.limit and q.messages >= 0.8 * q.limit] or [q for q in polls if not q.consumers]
    return "; ".join(f"{q.name} holds {q.messages:,} of {q.limit or 0:,} with {q.consumers} consumers" for q in shown)


def _refused(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    sweep = _sweep(snapshot)
    if sweep is None or not sweep.refused:
        return
    for reason, count in sorted((sweep.refused_reasons or {"unknown": sweep.refused}).items()):
        if not count:
            continue
        parts = [f"sweep {sweep.id}: {count:,} of {sweep.planned:,} refused", _blocking_queues(snapshot, reason)]
        yield check.found(
            "error",
            f"sweep {reason}",
            f"{count:,} polls of the latest sweep were refused: {_REASONS.get(reason, reason)}.",
            "; ".join(p for p in parts if p),
            _REMEDIES.get(reason, "`printsweep sweep show` lists the counts of the sweep."),
        )


def _waiting(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    sweep = _sweep(snapshot)
    if sweep is None or sweep.state != "open" or not sweep.waiting:
        return
    blocked = _blocking_queues(snapshot, "queue_full")
    if blocked:
        yield check.found(
            "warning",
            "sweep",
            f"{sweep.waiting:,} polls of the running sweep wait for room in a queue and will be refused in the end.",
            f"sweep {sweep.id}; {blocked}",
            _REMEDIES["queue_full"],
        )


def _lost(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    sweep = _sweep(snapshot)
    if sweep is None:
        return
    if sweep.expired:
        yield check.found(
            "warning",
            "sweep expired",
            f"{sweep.expired:,} polls of the latest sweep expired: nobody took them in time.",
            f"sweep {sweep.id}: {sweep.expired:,} of {sweep.planned:,} expired",
            "More collectors, or a longer POLL_INTERVAL_MINUTES.",
        )
    if sweep.dead:
        yield check.found(
            "warning",
            "sweep dead",
            f"{sweep.dead:,} polls of the latest sweep died: their requests are dead letters.",
            f"sweep {sweep.id}: {sweep.dead:,} of {sweep.planned:,} dead",
            "`printsweep dead groups` says why; `printsweep dead replay --queue dead.poll` tries them again.",
        )


CHECKS = (
    Check("no_slot", "No slot has fired for two intervals.", _no_slot),
    Check("sweep_refused", "Polls of the latest sweep were refused.", _refused),
    Check("sweep_waiting", "Polls of the running sweep wait for room in a queue.", _waiting),
    Check("sweep_lost", "Polls of the latest sweep expired or died.", _lost),
)
