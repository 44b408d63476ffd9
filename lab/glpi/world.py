"""What the simulated GLPI holds: entities, users, printers, locks and page logs, all in memory."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from lab.glpi.dialect import Dialect
from lab.glpi.people import Entities, Entity, User

Row = dict[str, Any]

SEED_DATE = "2026-11-20 08:00:00"
"""The date of everything that was there from the beginning: the same world every time."""

_COLUMNS: Row = {
    "entities_id": 0, "is_recursive": 0, "name": None, "date_mod": SEED_DATE, "contact": None, "contact_num": None,
    "users_id_tech": 0, "groups_id_tech": 0, "serial": None, "otherserial": None, "have_serial": 0,
    "have_parallel": 0, "have_usb": 0, "have_wifi": 0, "have_ethernet": 0, "comment": None, "memory_size": None,
    "locations_id": 0, "networks_id": 0, "printertypes_id": 0, "printermodels_id": 0, "manufacturers_id": 0,
    "is_global": 0, "is_deleted": 0, "is_template": 0, "template_name": None, "init_pages_counter": 0,
    "last_pages_counter": 0, "users_id": 0, "groups_id": 0, "states_id": 0, "ticket_tco": "0.0000", "is_dynamic": 0,
    "uuid": None, "date_creation": SEED_DATE, "sysdescr": None, "last_inventory_update": None,
    "snmpcredentials_id": 0, "autoupdatesystems_id": 0,
}  # fmt: skip
_GROUPS = ("groups_id", "groups_id_tech")
_LOG_COUNTERS = (
    "total_pages", "bw_pages", "color_pages", "rv_pages", "prints", "bw_prints", "color_prints", "copies",
    "bw_copies", "color_copies", "scanned",
)  # fmt: skip


def now() -> str:
    """The present as GLPI writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


class Names:
    """A drop-down table (manufacturers, models): a name gets a number when it is first used."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._names: list[str] = []

    def id_of(self, name: str | None) -> int:
        """The number of `name`; 0 is none."""
        if not name:
            return 0
        if name not in self._ids:
            self._names.append(name)
            self._ids[name] = len(self._names)
        return self._ids[name]

    def name_of(self, number: int) -> str | None:
        """The name behind a number."""
        return self._names[number - 1] if 0 < number <= len(self._names) else None


class World:
    """One GLPI's contents. Ids are given in the order of adding, from 1."""

    def __init__(self, dialect: Dialect, entities: Iterable[Entity], users: Iterable[User]) -> None:
        self.dialect = dialect
        self.entities = Entities(
            Entity(entity.id, dialect.stored(entity.name) or "", entity.parent) for entity in entities
        )
        self.users = list(users)
        self.manufacturers, self.models = Names(), Names()
        self.printers: dict[int, Row] = {}
        self.locks: dict[int, Row] = {}
        self.logs: dict[int, Row] = {}
        self._last = {"printers": 0, "locks": 0, "logs": 0}

    def _next(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]

    def skip_printer_ids(self, count: int) -> None:
        """Leave `count` ids unused, as deleted printers do."""
        self._last["printers"] += count

    def add_printer(
        self,
        name: str,
        serial: str | None,
        *,
        manufacturer: str | None = None,
        model: str | None = None,
        **columns: Any,
    ) -> int:
        """A new printer's id. `columns` are glpi_printers columns; texts are stored the release's way."""
        row = {"id": self._next("printers"), **_COLUMNS, **columns}
        row["name"], row["serial"] = self.dialect.stored(name), self.dialect.stored(serial)
        row["manufacturers_id"] = self.manufacturers.id_of(manufacturer)
        row["printermodels_id"] = self.models.id_of(model)
        if self.dialect.separate_groups:
            for group in _GROUPS:
                row.pop(group, None)
                row[group] = []
        self.printers[row["id"]] = row
        return int(row["id"])

    def lock(self, printer_id: int, field: str, value: object) -> None:
        """Lock `field` of a printer against inventory agents."""
        number = self._next("locks")
        self.locks[number] = {
            "id": number, "itemtype": "Printer", "items_id": printer_id, "field": field, "value": str(value),
            "date_mod": None, "date_creation": now(), "is_global": 0,
        }  # fmt: skip

    def locked(self, printer_id: int, field: str) -> bool:
        """Whether `field` of the printer is locked."""
        return any(lock["items_id"] == printer_id and lock["field"] == field for lock in self.locks.values())

    def add_log(self, owner: Row, columns: Row) -> int:
        """A new PrinterLog row's id."""
        number = self._next("logs")
        counters = {name: columns.get(name, 0) for name in _LOG_COUNTERS}
        stamps = {"date": columns.get("date"), "date_creation": now(), "date_mod": now(), "faxed": 0}
        self.logs[number] = {"id": number, **owner, **counters, **stamps}
        return number

    def visible(self, active: set[int], *, deleted: bool, templates: bool) -> Iterator[Row]:
        """The printers that a session covering `active` sees: its entities' own, and recursive ones from above."""
        above = {ancestor for entity in active for ancestor in self.entities.ancestors(entity)}
        for row in self.printers.values():
            if row["is_deleted"] != deleted or (row["is_template"] and not templates):
                continue
            if row["entities_id"] in active or (row["is_recursive"] and row["entities_id"] in above):
                yield row

    def sees(self, active: set[int], row: Row) -> bool:
        """Whether one printer (live, binned or template) is within sight of a session covering `active`."""
        if row["entities_id"] in active:
            return True
        return bool(row["is_recursive"]) and any(row["entities_id"] in self.entities.ancestors(e) for e in active)
