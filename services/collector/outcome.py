"""From what a poll came to → the messages' plain dicts: PollResult and PollClosed."""

from typing import Any

import orjson

from shared.messages.base import now
from shared.messages.polls import PollRequest
from shared.text import clean
from shared.words import PollState


def result_of(
    request: PollRequest, started_at: str, seconds: float, reading: dict[str, Any] | None, error: tuple[str, str] | None
) -> dict[str, Any]:
    """A PollResult: DONE with a reading, FAILED with an error (code, text)."""
    return {
        "poll_id": request.poll_id,
        "printer_id": request.printer_id,
        "sweep_id": request.sweep_id,
        "lane": request.lane.value,
        "site": request.site,
        "address": request.address,
        "port": request.port,
        "state": (PollState.DONE if error is None else PollState.FAILED).value,
        "error": None if error is None else {"code": error[0], "text": clean(error[1], 2000)},
        "started_at": started_at,
        "read_at": now().isoformat(),
        "seconds": round(seconds, 4),
        "replay_of": request.replay_of,
        "reading": reading,
    }


def closed_of(result: dict[str, Any]) -> dict[str, Any]:
    """The same in short: a PollClosed."""
    reading = result["reading"] or {}
    total = reading.get("counters", {}).get("total")
    return {
        "poll_id": result["poll_id"],
        "printer_id": result["printer_id"],
        "sweep_id": result["sweep_id"],
        "state": result["state"],
        "serial": reading.get("identity", {}).get("serial"),
        "total": total["value"] if total else None,
    }


def encoded(result: dict[str, Any]) -> bytes:
    """The result as JSON. Raises TypeError or ValueError: a result is checked alone, so that one bad reading never
    loses a batch."""
    return orjson.dumps(result)
