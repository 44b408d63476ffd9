"""A sweep's counts as the segments of a bar, with rate and remaining time."""

from typing import Any

# Field of the sweep, label, tone. What the sweep holds beyond these still waits.
SEGMENTS = (
    ("done", "Done", "ok"),
    ("failed", "Failed", "bad"),
    ("dead", "Dead", "dead"),
    ("refused", "Refused", "refused"),
    ("expired", "Expired", "expired"),
    ("in_progress", "In progress", "info"),
    ("waiting", "Waiting", "idle"),
)
ENDED = ("done", "failed", "dead", "refused", "expired")


def progress(sweep: dict[str, Any]) -> dict[str, Any]:
    """The sweep with `segments` (key, label, tone, count), `ended`, `rate` (a second) and `eta_s` (null at the end)."""
    counts = {key: int(sweep.get(key) or 0) for key, _, _ in SEGMENTS}
    planned = int(sweep.get("planned") or 0)
    ended = sum(counts[key] for key in ENDED)
    counts["waiting"] = max(0, planned - ended - counts["in_progress"])
    seconds = float(sweep.get("seconds") or 0)
    rate = ended / seconds if seconds > 0 else 0.0
    is_open = sweep.get("state") == "open"
    return {
        **sweep,
        **counts,
        "planned": planned,
        "ended": ended,
        "percent": round(100 * ended / planned, 1) if planned else 100.0,
        "segments": [(key, label, tone, counts[key]) for key, label, tone in SEGMENTS],
        "rate": rate,
        "eta_s": (planned - ended) / rate if is_open and rate > 0 else None,
    }
