"""What was recorded against what the simulators hold: every value, and a sentence for each difference.

A simulated device (`GET /devices`): id, address, port, serial, model, total, supplies of {index, level, …}, behaviour.
A recorded printer (`GET /api/printers`): address, port, serial, model, total, supplies, poll_state, glpi_verdict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.words import ENDED

Row = Mapping[str, Any]
_ENDED = {str(state) for state in ENDED}


@dataclass
class Verification:
    """How many printers hold exactly what they should, and what is wrong with the others."""

    verified: int = 0
    problems: list[str] = field(default_factory=list)


def _where(row: Row) -> tuple[str, int]:
    return str(row["address"]), int(row["port"])


def _levels(supplies: Iterable[Row]) -> dict[int, int | None]:
    """Level by row. Negative levels of RFC 3805 (other, unknown, some remaining) are states, not numbers: None.

    The recorded index has the device's before it, as in prtMarkerSuppliesTable: "1.2".
    """
    levels: dict[int, int | None] = {}
    for supply in supplies:
        level = supply.get("level")
        levels[int(str(supply["index"]).rsplit(".", 1)[-1])] = level if level is not None and level >= 0 else None
    return levels


def _is_total(device: Row, printer: Row) -> bool:
    """Whether the recorded total is right: prtMarkerLifeCount, or the maker's own total with the former as marker_1.

    Some makers count calibration sheets into the former; their panels, and their modules here, show the latter.
    """
    life, found = device.get("total"), printer.get("total")
    if found == life:
        return True
    own, counters = device.get("counters") or {}, printer.get("counters") or {}
    return found is not None and found == own.get("total") and counters.get("marker_1") == life


def _differences(device: Row, printer: Row) -> list[str]:
    lines = [
        f"{key} is {printer.get(key)!r}, the printer holds {wanted!r}"
        for key, wanted in (
            ("serial", [device.get("serial")]),
            ("model", device.get("models") or [device.get("model")]),
        )
        if (printer.get(key) or None) not in [text or None for text in wanted]
    ]
    if not _is_total(device, printer):
        lines.append(f"total is {printer.get('total')!r}, the printer holds {device.get('total')!r}")
    levels, seen = _levels(device["supplies"]), _levels(printer.get("supplies") or ())
    lines += [
        f"supply {index} is {seen.get(index, 'missing')!r}, the printer holds {levels.get(index, 'none')!r}"
        for index in sorted(levels.keys() | seen.keys())
        if levels.get(index, "none") != seen.get(index, "missing")
    ]
    return lines


def _judge(device: Row, printer: Row | None, verdict: Row | None) -> list[str]:
    if printer is None:
        return ["is not in the inventory"]
    state = str(printer.get("poll_state"))
    if device["behaviour"] == "dead":
        return [] if state == "FAILED" else [f"is dead, but its poll is {state}"]
    if state != "DONE":
        return [f"answers, but its poll is {state}"]
    lines = _differences(device, printer)
    if verdict is not None and printer.get("glpi_verdict") != verdict["verdict"]:
        lines.append(f"GLPI says {printer.get('glpi_verdict')}, it should say {verdict['verdict']}")
    return lines


def verify_simulated(
    devices: Sequence[Row], printers: Sequence[Row], verdicts: Mapping[str, Row] | None
) -> Verification:
    """Compare all. `verdicts` is the simulated GLPI's {device id: {"verdict", …}}; None: not asked yet."""
    recorded = {_where(printer): printer for printer in printers}
    result = Verification()
    for device in devices:
        printer = recorded.pop(_where(device), None)
        lines = _judge(device, printer, verdicts.get(str(device["id"])) if verdicts is not None else None)
        result.problems += [f"{device['id']} ({device['address']}): {line}" for line in lines]
        result.verified += not lines
    result.problems += [f"{address}:{port} is recorded, but nobody simulates it" for address, port in recorded]
    return result


def verify_real(printers: Sequence[Row]) -> Verification:
    """Real printers hold what they hold: all that can be asked is that each poll ended."""
    result = Verification()
    for printer in printers:
        state = str(printer.get("poll_state"))
        if state in _ENDED:
            result.verified += 1
        else:
            result.problems.append(f"{printer['address']}: its poll did not end ({state})")
    return result
