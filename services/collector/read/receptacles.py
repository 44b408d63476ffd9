"""Waste boxes: the level is the room left by RFC 3805, and the fill on some makes; the numbers alone do not tell which.

So alerts and error bits decide: a full or nearly full box raises an alert. A level of 0 that nothing else confirms, on
a device that is up and reports no error, is no full box.
"""

from typing import Any

_TYPES = frozenset(("wasteToner", "wasteInk", "wasteWax", "wasteWater", "wastePaper"))
_FULL = frozenset(("markerWasteTonerReceptacleFull", "markerWasteInkReceptacleFull"))
_NEARLY = frozenset(("markerWasteTonerReceptacleAlmostFull", "markerWasteInkReceptacleAlmostFull"))
_CODES = (
    {"subunitFull": "full", "subunitAlmostFull": "low"} | dict.fromkeys(_FULL, "full") | dict.fromkeys(_NEARLY, "low")
)
_DOUBTED = {"full": "unknown", "low": "some"}
_UP = "running"


def settle(reading: dict[str, Any]) -> None:
    """Corrects the states of the waste boxes of a reading by its alerts and errors. Rows are replaced, not changed."""
    supplies = reading["supplies"]
    boxes = [at for at, supply in enumerate(supplies) if supply["type"] in _TYPES]
    if not boxes:
        return
    told = {_CODES[alert["code"]] for alert in reading["alerts"] if _is_of_boxes(alert)}
    status = reading["status"]
    is_fine = not told and not status["errors"] and status["device"] == _UP
    for at in boxes:
        state = supplies[at]["state"]
        if told and len(boxes) == 1:
            state = "full" if "full" in told else "low"
        elif is_fine and state in _DOUBTED:
            state = _DOUBTED[state]
        if state != supplies[at]["state"]:
            supplies[at] = supplies[at] | {"state": state}


def _is_of_boxes(alert: dict[str, Any]) -> bool:
    code = alert["code"]
    return code in _FULL | _NEARLY or (code in _CODES and alert["group"] == "markerSupplies")
