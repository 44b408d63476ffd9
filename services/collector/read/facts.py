"""What a device answered, by OID, with the conversions that readers need. Wrong types become None, never an error."""

from dataclasses import dataclass, field

from services.collector.mib.text import SHORT, decoded
from services.collector.snmp.exchange import NUMBERS, OBJECT_ID, OCTETS, OPAQUE, Oid, Varbind

_MOST_DIGITS = 18


@dataclass(slots=True)
class Facts:
    """`found` by OID; `rows` by column: the walked cells; `charset` is the declared MIBenum, where one is."""

    found: dict[Oid, Varbind] = field(default_factory=dict)
    rows: dict[Oid, list[Varbind]] = field(default_factory=dict)
    charset: int | None = None
    missing: set[str] = field(default_factory=set)

    def number(self, oid: Oid) -> int | None:
        """An integer of any type: agents mix Counter32, Gauge32 and INTEGER, and some send digits as text."""
        return number_of(self.found.get(oid))

    def octets(self, oid: Oid) -> bytes | None:
        """The raw octets."""
        found = self.found.get(oid)
        return found.value if found is not None and isinstance(found.value, bytes) else None

    def text(self, oid: Oid, limit: int = SHORT) -> str | None:
        """Cleaned text; None where there is none."""
        octets = self.octets(oid)
        return None if octets is None else decoded(octets, self.charset, limit)

    def object_id(self, oid: Oid) -> Oid | None:
        """An object identifier."""
        found = self.found.get(oid)
        return found.value if found is not None and found.tag == OBJECT_ID and isinstance(found.value, tuple) else None

    def indexes(self, column: Oid, most: int) -> list[Oid]:
        """The indexes of a walked column, in order."""
        return [cell.oid[len(column) :] for cell in self.rows.get(column, ())][:most]


def number_of(cell: Varbind | None) -> int | None:
    """The cell's integer; None for no cell and for other types, save octets that are all digits."""
    if cell is None:
        return None
    if cell.tag in NUMBERS and isinstance(cell.value, int):
        return cell.value
    if cell.tag in (OCTETS, OPAQUE) and isinstance(cell.value, bytes):
        digits = cell.value.strip(b" \x00")
        if 0 < len(digits) <= _MOST_DIGITS and digits.isdigit():
            return int(digits)
    return None
