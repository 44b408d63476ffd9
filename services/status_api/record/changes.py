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


def levels(supplies: Iterable[Supply]) -> tuple[int | None, bool]:
    """(the lowest known level, whether something has to be bought or emptied soon).

    Receptacles fill up: their percentage counts from the other end and is left out, and full is bad there.
    """
    lowest, low = None, False
    for s in supplies:
        percent, state = s["percent"], s["state"]
        low = low or state in _LOW_STATES
        if percent is None and state != "full":
            continue
        if _is_receptacle(s):
            low = low or state == "full"
        elif percent is not None:
            lowest = percent if lowest is None else min(lowest, percent)
            low = low or (percent <= LOW_PERCENT and state not in _NO_LEVELS)
    return lowest, low


def _is_receptacle(supply: Supply) -> bool:
    return "waste" in (supply["type"] or "").lower()
