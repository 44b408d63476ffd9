"""Brother's records: lists of `id 01 length value…`, closed by ff, in one octet string.

The length is 4 for numbers (hundredths of a percent, pages or states), 2 for a level and its scale (`04 14`: 4 of 20)
and 1 for bare states; so what a record means depends on its length too. Sources: bieniu/brother, recorded devices.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_END = 0xFF
_TYPE = 0x01
MOST_RECORDS = 64


@dataclass(frozen=True, slots=True)
class Record:
    """`number` is the value of a record of one or four octets; `share` the percentage of a record of two."""

    id: int
    length: int
    number: int
    share: int | None = None


def records(octets: bytes | None) -> dict[int, Record]:
    """The records by id, up to the first that is damaged or cut off; the first of an id stands."""
    found: dict[int, Record] = {}
    for record in _each(octets or b""):
        found.setdefault(record.id, record)
        if len(found) >= MOST_RECORDS:
            break
    return found


def _each(octets: bytes) -> Iterator[Record]:
    at = 0
    while at + 3 <= len(octets) and octets[at] != _END:
        number, kind, length = octets[at], octets[at + 1], octets[at + 2]
        value = octets[at + 3 : at + 3 + length]
        if kind != _TYPE or len(value) < length:
            return
        if length == 2:
            scale = value[1]
            if scale:
                yield Record(number, length, value[0], min(100, (200 * value[0] + scale) // (2 * scale)))
        elif length in (1, 4):
            yield Record(number, length, int.from_bytes(value))
        at += 3 + length
