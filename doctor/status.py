"""The status half of a snapshot from the documents that status_api shows (its HTTP API, or its own tables alike)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from doctor.snapshot import BeatView, DeadGroup, StatusView, SweepView

Row = Mapping[str, Any]
_COUNTS = ("planned", "requested", "done", "failed", "refused", "expired", "dead", "waiting")


def status_view(services: Iterable[Row], sweep: Row | None, dead: Iterable[Row], *, interval_s: float) -> StatusView:
    """`services` as in GET /api/services, `sweep` as in /api/sweeps/latest, `dead` as in /api/dead/groups.

    The last slot comes from the leading scheduler's beat; how long beats were listened to, from status_api's own.
    """
    beats = tuple(beat_view(row) for row in services if row.get("instance") and row.get("age_s") is not None)
    slots = [
        slot
        for beat in sorted(beats, key=lambda b: (b.state != "leader", b.age_s))
        if beat.role == "scheduler" and (slot := instant(beat.detail.get("last_slot_at")))
    ]
    return StatusView(
        beats=beats,
        sweep=sweep_view(sweep) if sweep else None,
        last_slot_at=slots[0] if slots else None,
        interval_s=interval_s,
        dead=tuple(group_view(row) for row in dead),
    )


def beat_view(row: Row) -> BeatView:
    """One item of GET /api/services."""
    detail = row.get("detail")
    skew = row.get("skew_s")
    return BeatView(
        role=str(row["role"]),
        instance=str(row["instance"]),
        state=str(row.get("state") or ""),
        age_s=float(row["age_s"]),
        version=str(row.get("version") or ""),
        host=str(row.get("host") or ""),
        started_at=instant(row.get("started_at")),
        last_progress_at=instant(row.get("last_progress_at")),
        in_flight=_count(row.get("in_flight")),
        done=_count(row.get("done")),
        failed=_count(row.get("failed")),
        skew_s=float(skew) if isinstance(skew, int | float) else None,
        detail=dict(detail) if isinstance(detail, Mapping) else {},
    )


def sweep_view(row: Row) -> SweepView:
    """A sweep as the API shows it."""
    reasons = row.get("refused_reasons")
    return SweepView(
        id=str(row["id"]),
        slot=instant(row.get("slot")),
        state=str(row.get("state") or ""),
        opened_at=instant(row.get("opened_at")),
        closed_at=instant(row.get("closed_at")),
        refused_reasons={str(k): _count(v) for k, v in reasons.items()} if isinstance(reasons, Mapping) else {},
        **{name: _count(row.get(name)) for name in _COUNTS},
    )


def group_view(row: Row) -> DeadGroup:
    """A group of dead letters as the API shows it."""
    return DeadGroup(
        queue=str(row.get("queue") or ""),
        kind=str(row.get("kind") or ""),
        reason=str(row.get("reason") or ""),
        error_type=str(row.get("error_type") or ""),
        count=_count(row.get("count")),
        oldest=instant(row.get("oldest")),
        newest=instant(row.get("newest")),
    )


def instant(value: object) -> datetime | None:
    """ISO text as an aware instant; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
