"""What changed between two readings of a printer: supplies and alerts, as rows for their logs. Pure functions."""

from collections.abc import Iterable, Sequence
from typing import Any

Supply = dict[str, Any]  # shared.messages.readings.Supply, validated and plain
Alert = dict[str, Any]  # shared.messages.readings.Alert

LOW_PERCENT = 10
_LOW_STATES = ("low", "empty")
_NO_LEVELS = ("full", "unlimited", "unknown", "some")


def supply_rows(printer_id: int, at: str, old: Iterable[Supply], new: Iterable[Supply]) -> list[tuple[Any, ...]]:
    """Rows of supplies_log for the supplies whose level, state or description differs from `old` (as stored)."""
    before = {s.get("index"): (s.get("level"), s.get("percent"), s.get("state"), s.get("description")) for s in old}
    return [
        (printer_id, s["index"], at, s["description"], s["color"], s["level"], s["percent"], s["state"])
        for s in new
        if before.get(s["index"]) != (s["level"], s["percent"], s["state"], s["description"])
    ]


def alert_key(alert: Alert) -> str:
    """What makes two rows of prtAlertTable the same alert: the table's index changes when it is raised again."""
    parts = (alert["group"], alert["code"], alert["location"], alert["description"])
    return "|".join(str(p or "") for p in parts)[:400]


def alert_rows(
    printer_id: int, at: str, old: Iterable[str], new: Sequence[Alert]
) -> tuple[list[tuple[Any, ...]], list[tuple[str, int, str]]]:
    """(rows of alerts_log to insert, (cleared_at, printer_id, alert) to clear)."""
    known, now = set(old), {alert_key(a): a for a in new}
    raised = [(printer_id, key, a["severity"], a["description"], at) for key, a in now.items() if key not in known]
    return raised, [(at, printer_id, key) for key in known - now.keys()]


def lowest_percent(supplies: Iterable[Supply]) -> int | None:
    """The lowest known level. Receptacles fill up: their percentage counts from the other end and is left out."""
    known = [s["percent"] for s in supplies if s["percent"] is not None and not is_receptacle(s)]
    return min(known, default=None)


def is_receptacle(supply: Supply) -> bool:
    """A waste container: full is bad there."""
    return "waste" in (supply["type"] or "").lower()


def is_low(supplies: Iterable[Supply]) -> bool:
    """Something has to be bought or emptied soon."""
    return any(
        s["state"] in _LOW_STATES
        or (
            s["percent"] is not None
            and s["percent"] <= LOW_PERCENT
            and not is_receptacle(s)
            and s["state"] not in _NO_LEVELS
        )
        or (is_receptacle(s) and s["state"] == "full")
        for s in supplies
    )
