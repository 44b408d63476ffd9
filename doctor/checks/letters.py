"""Messages that ended aside: dead letters, unknown kinds, messages that no queue wanted."""

from collections.abc import Iterator

from doctor.checks.check import Check
from doctor.finding import Finding
from doctor.snapshot import DeadGroup, Snapshot
from shared.topology.table import DEAD_QUEUES, EXPIRED_POLL, UNROUTABLE


def _groups(snapshot: Snapshot) -> dict[str, list[DeadGroup]]:
    groups: dict[str, list[DeadGroup]] = {}
    for group in snapshot.status.dead if snapshot.status else ():
        if group.count and group.queue != EXPIRED_POLL:
            groups.setdefault(group.queue, []).append(group)
    return groups


def _dead(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    groups = _groups(snapshot)
    for queue, members in groups.items():
        worst = sorted(members, key=lambda g: (-g.count, g.kind, g.error_type))[:3]
        listed = "; ".join(f"{g.count:,} × {g.kind or '?'}: {g.error_type or g.reason}" for g in worst)
        yield _finding(check, queue, sum(g.count for g in members), listed)
    for queue in DEAD_QUEUES:
        view = snapshot.broker.queues.get(queue) if snapshot.broker else None
        if view is not None and view.messages and queue not in groups and queue != EXPIRED_POLL:
            yield _finding(check, queue, view.messages, "counted at the broker")


def _finding(check: Check, queue: str, count: int, evidence: str) -> Finding:
    return check.found(
        "warning",
        queue,
        f"{count:,} dead letters wait in {queue} for a person.",
        evidence,
        f"`printsweep dead groups` says why they died; `printsweep dead replay --queue {queue}` sends them back.",
    )


def _unknown_kind(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for queue, members in _groups(snapshot).items():
        unknown = [g for g in members if g.error_type == "UnknownKind"]
        if unknown:
            kinds = ", ".join(sorted({g.kind or "(none)" for g in unknown})[:10])
            yield check.found(
                "error",
                queue,
                "Messages of a kind that nobody handles arrived and were parked.",
                f"{sum(g.count for g in unknown):,} in {queue}, kinds: {kinds}",
                "A newer service, or a person, sends them: update all services to one version, then replay.",
            )


def _unroutable(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    view = snapshot.broker.queues.get(UNROUTABLE) if snapshot.broker else None
    if view is not None and view.messages:
        yield check.found(
            "warning",
            UNROUTABLE,
            f"{view.messages:,} events found no queue and were kept in {UNROUTABLE}.",
            "an exchange has no binding for their routing key",
            "`printsweep topology plan` shows bindings that are missing; RabbitMQ's own page shows the messages.",
        )


CHECKS = (
    Check("unknown_kind", "Messages of an unknown kind were parked.", _unknown_kind),
    Check("dead_letters", "Dead letters wait for a person.", _dead),
    Check("unroutable", "Events found no queue.", _unroutable),
)
