"""Synthetic devices for the tests of printers' quirks, and how they are read."""

import time
from collections.abc import Mapping
from typing import Any

from services.collector.read.printer import read
from services.collector.read.traits import Memory
from services.collector.snmp.exchange import (
    INTEGER,
    V2C,
    Oid,
    Target,
)
from shared.messages.readings import Reading
from tests.support.held import Cell, Held, cells

M, E = "1.3.6.1.2.1", "1.3.6.1.4.1"
KYOCERA, HP, BROTHER, RICOH = ((1, 3, 6, 1, 4, 1, *rest) for rest in (
    (1347, 41), (11, 2, 3, 9, 1), (2435, 2, 3, 9, 1), (367, 1, 1)))  # fmt: skip
Values = Mapping[str, int | str | bytes | Oid | Cell]

SYSTEM: dict[str, Any] = {
    f"{M}.1.1.0": "A Printer",
    f"{M}.1.2.0": (1, 3, 6, 1, 4, 1, 99999),
    f"{M}.1.3.0": 8_640_000,
    f"{M}.1.5.0": "office",
}
TOTAL, SERIAL = f"{M}.43.10.2.1.4.1.1", f"{M}.43.5.1.1.17.1"


def supply(number: int, level: Any, maximum: Any = 100, *, kind: int = 3, text: str | bytes = "", device: str = "1.",
           klass: int = 3, colorant: int | None = 0, unit: int = 19) -> dict[str, Any]:  # fmt: skip
    """A row of prtMarkerSuppliesTable."""
    columns: dict[int, Any] = {3: colorant, 4: klass, 5: kind, 6: text, 7: unit, 8: maximum, 9: level}
    return {
        f"{M}.43.11.1.1.{column}.{device}{number}": Cell(INTEGER, value) if isinstance(value, int) else value
        for column, value in columns.items()
        if value is not None
    }


async def read_held(
    held: Held, version: int = V2C, memory: Memory | None = None, community: bytes = b"public"
) -> dict[str, Any]:
    target = Target("192.0.2.1", 161, version, community)
    reading = await read(held, target, time.monotonic() + 10, memory or Memory())
    Reading.model_validate(reading)
    return reading


async def read_of(values: Values, **how: Any) -> dict[str, Any]:
    return await read_held(Held({b"public": cells({**SYSTEM, **values})}), **how)
