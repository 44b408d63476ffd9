"""From a printer read whole → its layout: what it has, and which cells each unit of its reading was made of."""

from collections.abc import Callable, Iterator
from typing import Any

from services.collector.mib import oids as m
from services.collector.plans.layout import Layout, Walked, is_below
from services.collector.plans.units import made, units_of
from services.collector.read.devices import interfaces, printer_devices
from services.collector.read.facts import Facts
from services.collector.read.parts import ALERTS, cells_of
from services.collector.read.printer import charset_of
from services.collector.read.walk import Column
from services.collector.snmp.exchange import Oid
from services.collector.vendors import Vendor

_ALERT_TABLE: Oid = ALERTS.rows[:-2]
_BEHIND_ALERTS: Oid = (*_ALERT_TABLE[:-1], 2)  # stands for the rows, and for what comes when there are none


class _Watched(dict[Oid, Any]):
    """A dictionary that tells `note` what is looked up; None means everything."""

    def __init__(self, values: dict[Oid, Any], note: Callable[[Oid | None], None]) -> None:
        super().__init__(values)
        self._note = note

    def get(self, key: Oid, default: Any = None) -> Any:
        self._note(key)
        return dict.get(self, key, default)

    def __getitem__(self, key: Oid) -> Any:
        self._note(key)
        return dict.__getitem__(self, key)

    def __iter__(self) -> Iterator[Oid]:
        self._note(None)
        return dict.__iter__(self)

    def items(self) -> Any:
        self._note(None)
        return dict.items(self)

    def values(self) -> Any:
        self._note(None)
        return dict.values(self)


class _Watch(Facts):
    """Facts that remember what was read of them. Indexes are no reading: a layout fixes them."""

    __slots__ = ("_columns", "read")

    def __init__(self, facts: Facts) -> None:
        self._columns, self.read = facts.rows, set[Oid]()
        super().__init__(
            _Watched(facts.found, self._note_cell), _Watched(facts.rows, self._note_column), facts.charset, set()
        )

    def _note_cell(self, cell: Oid | None) -> None:
        self.read.update(dict.keys(self.found) if cell is None else (cell,))

    def _note_column(self, column: Oid | None) -> None:
        columns = self._columns if column is None else (column,)
        self.read.update(cell.oid for each in columns for cell in self._columns.get(each, ()))

    def indexes(self, column: Oid, most: int) -> list[Oid]:
        """See Facts."""
        return [cell.oid[len(column) :] for cell in self._columns.get(column, ())][:most]

    def since(self, begin: Callable[["_Watch"], Any]) -> set[Oid]:
        """The cells that `begin` reads."""
        self.read = set()
        begin(self)
        return self.read


# What decides a layout, and is quickly told.
Shape = tuple[Any, ...]


def shape_of(facts: Facts, vendor: Vendor, columns: dict[Oid, Column], absent: frozenset[Oid]) -> Shape:
    """Printers of one shape have one layout, as far as counts: their structure is read from the same cells. A unit may
    be made of other cells than the layout says, by other values: the fast reader sees that, and keeps nothing of it."""
    walked = tuple([
        (c.oid, tuple([row.oid for row in c.rows]), _beyond(c), c.is_whole) if c.oid != ALERTS.rows else _beyond(c)
        for c in columns.values()
    ])  # fmt: skip
    return vendor.key, walked, frozenset(_lasting(facts)), absent, _deciding(_Watch(facts))


def _lasting(facts: Facts) -> set[Oid]:
    """All cells but those of alerts: an alert's index is of that one event, and a layout must not be."""
    found = set(facts.found)
    for index in facts.indexes(ALERTS.rows, ALERTS.most):
        found.discard((*ALERTS.rows, *index))
        found.difference_update(cells_of(ALERTS, index))
    return found


def _walked(column: Column) -> Walked:
    if column.oid == ALERTS.rows:
        return Walked(column.oid, (), _beyond(column))
    return Walked(column.oid, tuple(row.oid for row in column.rows), _beyond(column), column.is_whole)


def _beyond(column: Column) -> Oid | None:
    """What follows the column, be there alerts or not."""
    beyond = column.beyond
    return _BEHIND_ALERTS if beyond is not None and is_below(beyond, _ALERT_TABLE) else beyond


def _deciding(watch: _Watch) -> tuple[Oid, ...]:
    """The cells by whose values is decided what is asked and how it is read: see what_to_ask."""

    def structure(facts: Facts) -> None:
        printer_devices(facts)
        interfaces(facts)
        charset_of(facts)

    return tuple(sorted(cell for cell in watch.since(structure) if dict.__contains__(watch.found, cell)))


def layout_of(facts: Facts, vendor: Vendor, columns: dict[Oid, Column], absent: frozenset[Oid]) -> Layout:
    """The layout of a complete reading. `absent` cells were asked, had no value, and will be asked again."""
    walked = tuple(map(_walked, columns.values()))
    rows = {row for column in walked for row in column.rows}
    found = _lasting(facts) | absent
    watch = _Watch(facts)

    deciding = _deciding(watch)
    decided = set(deciding)
    units = []
    for unit in units_of(facts):
        name, index = unit
        read = watch.since(lambda f, part=name, at=index: made(part, f, vendor, at))  # type: ignore[misc]
        units.append(
            (
                unit,
                tuple(sorted(cell for cell in read if cell in found and cell not in decided and cell != m.SYS_UPTIME)),
            )
        )
    return Layout(walked, tuple(sorted(cell for cell in found if cell not in rows)), deciding, tuple(units), absent)
