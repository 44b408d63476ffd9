"""A model's rows: sorted once, shared by all of its devices. What differs per device is a `Live` cell."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lab.fleet.ber import (
    COUNTER32,
    COUNTER64,
    GAUGE32,
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    TIME_TICKS,
    Oid,
    encode_integer,
    encode_oid_content,
    tlv,
)


class Live(NamedTuple):
    """A value that is taken from the device when it is asked: `source` names a reader in values.py."""

    tag: int
    source: str
    argument: str = ""


Cell = bytes | Live


def oid(text: str) -> Oid:
    """Return `1.3.6` as (1, 3, 6)."""
    return tuple(int(part) for part in text.split("."))


def integer(value: int) -> bytes:
    """Return an INTEGER."""
    return encode_integer(value)


def counter(value: int) -> bytes:
    """Return a Counter32."""
    return encode_integer(value, COUNTER32)


def counter64(value: int) -> bytes:
    """Return a Counter64 (v2c only)."""
    return encode_integer(value, COUNTER64)


def gauge(value: int) -> bytes:
    """Return a Gauge32."""
    return encode_integer(value, GAUGE32)


def text(value: str | bytes, encoding: str = "utf-8") -> bytes:
    """Return an OCTET STRING."""
    return tlv(OCTETS, value if isinstance(value, bytes) else value.encode(encoding))


def name(value: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    return tlv(OID, encode_oid_content(oid(value)))


def live_integer(source: str, argument: str = "") -> Live:
    """Return an INTEGER read from the device."""
    return Live(INTEGER, source, argument)


def live_counter(source: str, argument: str = "") -> Live:
    """Return a Counter32 read from the device."""
    return Live(COUNTER32, source, argument)


def live_text(template: str) -> Live:
    """Return an OCTET STRING with {serial}, {name}, {mac} and the like filled in."""
    return Live(OCTETS, "text", template)


UPTIME = Live(TIME_TICKS, "uptime")


class Rows:
    """Collects rows, each with the object (column) that it is an instance of."""

    def __init__(self) -> None:
        self.cells: dict[Oid, Cell] = {}
        self.columns: set[Oid] = set()

    def scalar(self, column: str, cell: Cell) -> None:
        """Add column.0."""
        self.cell(column, "0", cell)

    def cell(self, column: str, index: str, cell: Cell) -> None:
        """Add column.index."""
        self.columns.add(oid(column))
        row = oid(f"{column}.{index}")
        if row in self.cells:
            raise ValueError(f"two rows at {column}.{index}")
        self.cells[row] = cell

    def table(self, entry: str, index: str, cells: dict[int, Cell]) -> None:
        """Add one conceptual row: entry.N.index for each column N."""
        for column, cell in cells.items():
            self.cell(f"{entry}.{column}", index, cell)


class Tree:
    """Sorted rows: `names` are content octets, `heads` whole OID elements, `cells` values or `Live`.

    `gap` is the place at which a device's own rows (its alerts) stand between these.
    """

    def __init__(self, rows: Rows, gap: Oid) -> None:
        self.oids = sorted(rows.cells)
        self.names = [encode_oid_content(row) for row in self.oids]
        self.heads = [tlv(OID, row) for row in self.names]
        self.cells = [rows.cells[row] for row in self.oids]
        self.index = {row: at for at, row in enumerate(self.names)}
        # Whole varbinds of the rows that are alike on all devices and visible to both versions.
        self.varbinds = [
            None if isinstance(cell, Live) or cell[0] == COUNTER64 else tlv(SEQUENCE, head + cell)
            for head, cell in zip(self.heads, self.cells, strict=True)
        ]
        self.known = {row: part for row, part in zip(self.names, self.varbinds, strict=True) if part is not None}
        self.columns = frozenset(rows.columns)
        self.gap = bisect_left(self.oids, gap)

    def after(self, row: Oid) -> int:
        """Return the place of the first row beyond this OID."""
        return bisect_right(self.oids, row)

    def has_object(self, row: Oid, more: Iterable[Oid] = ()) -> bool:
        """Say whether an OID lies below an object of this tree (or of `more`)."""
        others = frozenset(more)
        return any(prefix in self.columns or prefix in others for prefix in _prefixes(row))


def _prefixes(row: Oid) -> Iterator[Oid]:
    for length in range(len(row) - 1, 1, -1):
        yield row[:length]
