"""What recording needs of a result that brings a reading: taken out, and the rest let go, as soon as it is validated.

A reading is some hundred small objects. Several messages wait together for their transaction; as JSON they cost a tenth
of the memory, and of the work of collecting garbage.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from services.status_api.record.changes import Alert, alert_key, levels
from services.status_api.record.valid import Result
from shared.text import clean


@dataclass(slots=True)
class Found:
    """One reading. Texts of the device are cleaned; JSON is as `latest` keeps it. Not changed once it is made."""

    poll_id: str
    printer_id: int
    read_at: str
    place: tuple[str, int]
    head: dict[str, Any]  # the result without its reading
    rest: str  # JSON: the reading without status and supplies
    status: str  # JSON
    supplies: str  # JSON
    lowest_percent: int | None
    low: bool
    alerts: list[Alert]
    alert_keys: str  # JSON
    complete: bool
    serial: str | None
    model: str | None
    manufacturer: str | None
    firmware: str | None
    mac: str | None
    location: str | None
    numbers: dict[str, int]  # the counters without their sources
    counters: str  # JSON: the same

    @property
    def total(self) -> int | None:
        """The printer's total page count, where it counts pages."""
        return self.numbers.get("total")

    def result(self) -> str:
        """The whole result again, as JSON."""
        parts = {"status": orjson.Fragment(self.status), "supplies": orjson.Fragment(self.supplies)}
        return _json(self.head | {"reading": orjson.loads(self.rest) | parts})


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _tame(text: str | None) -> str | None:
    return text if text is None or text.isprintable() else clean(text)


def found_in(result: Result) -> Found:
    """What a DONE result with a reading brings. The reading is taken out of `result`."""
    reading = result.pop("reading")
    status, supplies, alerts = reading.pop("status"), reading.pop("supplies"), reading["alerts"]
    identity = reading["identity"]
    numbers = {key: counter["value"] for key, counter in reading["counters"].items()}
    return Found(
        result["poll_id"],
        result["printer_id"],
        result["read_at"],
        (result["address"], result["port"]),
        result,
        _json(reading),
        _json(status),
        _json(supplies),
        *levels(supplies),
        alerts,
        _json(sorted({alert_key(a) for a in alerts})) if alerts else "[]",
        reading["complete"],
        _tame(identity["serial"]),
        _tame(identity["model"]),
        _tame(identity["manufacturer"]),
        _tame(identity["firmware"]),
        _tame(identity["mac"]),
        _tame(identity["location"]),
        numbers,
        _json(numbers),
    )
