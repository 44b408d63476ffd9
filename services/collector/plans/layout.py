"""A layout: which cells a printer has, which walked rows they stand in, and which of them each unit of its reading is
made of. Printers of one model share one layout."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.collector.mib.oids import dotted, oid
from services.collector.snmp.exchange import Oid

# A unit of a reading: the part's name and the row's index below its column (empty where the part has no rows).
Unit = tuple[str, Oid]


def is_below(cell: Oid, root: Oid) -> bool:
    """Whether a cell is of this column, or of this tree."""
    return cell[: len(root)] == root


@dataclass(frozen=True, slots=True)
class Walked:
    """A column as it was walked: its rows in order. `beyond` is what followed them; None at the end of the MIB.

    `is_whole` is false where the walk stopped at its own limit: nothing is known of what follows.
    """

    oid: Oid
    rows: tuple[Oid, ...]
    beyond: Oid | None
    is_whole: bool = True

    @property
    def steps(self) -> tuple[tuple[Oid, Oid], ...]:
        """(cursor, the row that GETNEXT gives from there) for each row."""
        return tuple(zip((self.oid, *self.rows), self.rows, strict=False))

    @property
    def last(self) -> Oid:
        """The cursor from which the walk left the column."""
        return self.rows[-1] if self.rows else self.oid


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Layout:
    """`gets`: cells outside the walked columns, `absent` those of them that had no value: cells of rows that are there,
    asked again lest they get one. `structure`: the cells that decide what is asked and how it is read;
    another value there makes the plan stale. `units`: each unit's cells, without those of the structure."""

    columns: tuple[Walked, ...]
    gets: tuple[Oid, ...]
    structure: tuple[Oid, ...]
    units: tuple[tuple[Unit, tuple[Oid, ...]], ...]
    absent: frozenset[Oid] = frozenset()
    packings: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False, hash=False)

    @property
    def kept_body(self) -> tuple[bytes, bytes]:
        """`encoded` and its digest, kept with the layout."""
        found: tuple[bytes, bytes] | None = self.packings.get("body")
        if found is None:
            body = self.encoded()
            found = self.packings["body"] = body, hashlib.blake2b(body, digest_size=16).digest()
        return found

    def encoded(self) -> bytes:
        """As JSON: what is kept in the database, and what tells layouts apart."""
        return orjson.dumps(
            {
                "columns": [
                    [
                        dotted(c.oid),
                        [dotted(row[len(c.oid) :]) for row in c.rows],
                        None if c.beyond is None else dotted(c.beyond),
                        c.is_whole,
                    ]
                    for c in self.columns
                ],
                "absent": [dotted(cell) for cell in sorted(self.absent)],
                "gets": [dotted(cell) for cell in self.gets],
                "structure": [dotted(cell) for cell in self.structure],
                "units": [[name, dotted(index), [dotted(c) for c in cells]] for (name, index), cells in self.units],
            }
        )


def decoded(octets: bytes) -> Layout:
    """The layout in this JSON. Raises ValueError, KeyError or TypeError for anything else."""
    whole = orjson.loads(octets)
    columns = tuple(
        Walked(
            (root := oid(name)),
            tuple((*root, *oid(row)) for row in rows),
            None if end is None else oid(end),
            bool(is_whole),
        )
        for name, rows, end, is_whole in whole["columns"]
    )
    units = tuple(
        ((str(name), oid(index) if index else ()), tuple(map(oid, cells))) for name, index, cells in whole["units"]
    )
    return Layout(
        columns,
        tuple(map(oid, whole["gets"])),
        tuple(map(oid, whole["structure"])),
        units,
        frozenset(map(oid, whole["absent"])),
    )
