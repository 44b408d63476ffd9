"""Changing the inventory, and telling it: printers.changed for every change, a snapshot once a day and on request."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiosqlite
import structlog

from services.scheduler import csv_lines, store_outbox, store_printers
from services.scheduler.clock import Clock, instant, stamp
from services.scheduler.csv_lines import DEFAULTS, BadValue, Table
from services.scheduler.errors import BadPrinter, CommandIncomplete, InventoryFull, NoSuchPrinters
from services.scheduler.store import get_meta, raise_meta, set_meta
from services.scheduler.store_outbox import SNAPSHOT_DUE
from shared.messages.polls import BATCH
from shared.messages.sweeps import InventoryCommand
from shared.text import clean

log = structlog.get_logger(__name__)

VERSION, SNAPSHOT_AT = "inventory_version", "snapshot_at"
_SNAPSHOT_EVERY = timedelta(days=1)
_MOST_ERRORS = 1000  # so many bad lines are named in an answer; all are counted

Answer = dict[str, Any]


class Inventory:
    """The actions of inventory.command, each within the caller's transaction.

    They take effect with the next sweep or order: a poll that is planned already is carried out as it was planned.
    """

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock, self._limit = clock, limit

    async def prepare(self, command: InventoryCommand) -> Table | None:
        """What can be done before the transaction begins: reading the CSV text, in a thread."""
        if command.action != "import":
            return None
        if command.csv is None:
            raise CommandIncomplete("import needs `csv`: the file's text.")
        return await asyncio.to_thread(csv_lines.read, command.csv)

    async def act(self, c: aiosqlite.Connection, command: InventoryCommand, table: Table | None) -> Answer:
        """Carries out a command; returns its answer."""
        actions: dict[str, Callable[[], Coroutine[Any, Any, Answer]]] = {
            "upsert": lambda: self._upsert(c, command),
            "remove": lambda: self._remove(c, command.printer_ids),
            "enable": lambda: self._switch(c, command.printer_ids, enabled=True),
            "disable": lambda: self._switch(c, command.printer_ids, enabled=False),
            "snapshot": lambda: self.snapshot(c),
        }
        if table is not None:
            return await self._import(c, table, dry_run=command.dry_run)
        return await actions[command.action]()

    async def _import(self, c: aiosqlite.Connection, table: Table, *, dry_run: bool) -> Answer:
        errors = list(table.errors)
        counts = await self._store(c, table.printers, errors, dry_run=dry_run)
        errors.sort()
        listed = [{"line": line, "reason": reason} for line, reason in errors[:_MOST_ERRORS]]
        log.info("inventory.imported", dry_run=dry_run, errors=len(errors), **counts)
        return {**counts, "errors": listed, "error_count": len(errors), "dry_run": dry_run}

    async def _upsert(self, c: aiosqlite.Connection, command: InventoryCommand) -> Answer:
        if not command.printers:
            raise CommandIncomplete("upsert needs `printers`.")
        given = []
        for number, printer in enumerate(command.printers, 1):
            values = printer.model_dump(exclude_unset=True)
            try:
                values["address"] = csv_lines.address(printer.address)
            except BadValue as error:
                raise BadPrinter(f"Number {number}: {error}") from None
            values |= {"name": clean(printer.name)} if "name" in values else {}
            values |= {"tags": [clean(t) for t in printer.tags]} if "tags" in values else {}
            given.append((number, values))
        errors: list[tuple[int, str]] = []
        counts = await self._store(c, given, errors, dry_run=command.dry_run)
        if errors:
            raise InventoryFull(errors[0][1])
        return {**counts, "changed": counts["added"] + counts["updated"]}

    async def _store(
        self,
        c: aiosqlite.Connection,
        given: Sequence[tuple[int, dict[str, Any]]],
        errors: list[tuple[int, str]],
        *,
        dry_run: bool,
    ) -> dict[str, int]:
        """Adds and changes printers. What a printer is not given stays as it is; a new one gets the default."""
        known = await store_printers.by_key(c)
        room = self._limit - len(known)
        new: dict[tuple[str, int], dict[str, Any]] = {}
        changed: dict[int, dict[str, Any]] = {}
        same: set[int] = set()
        for number, values in given:
            key = values["address"], values.get("port") or DEFAULTS["port"]
            old = known.get(key)
            if old is None:
                if key not in new and len(new) >= room:
                    errors.append((number, f"The inventory is full: {self._limit} printers."))
                    continue
                new[key] = {**DEFAULTS, **new.get(key, {}), **values, "port": key[1]}
            elif (merged := {**old, **values, "port": key[1]}) != old:
                known[key] = changed[old["id"]] = merged
            else:
                same.add(old["id"])
        if not dry_run:
            ids = await store_printers.insert(c, new.values())
            await store_printers.update(c, changed.values())
            await self._tell(c, changed=[*ids, *changed])
        return {"added": len(new), "updated": len(changed), "unchanged": len(same - set(changed))}

    async def _known(self, c: aiosqlite.Connection, ids: Sequence[int]) -> list[int]:
        if not ids:
            raise CommandIncomplete("The action needs `printer_ids`.")
        known = await store_printers.by_ids(c, ids)
        if not known:
            raise NoSuchPrinters(f"{', '.join(map(str, ids[:20]))}.")
        return sorted(known)

    async def _remove(self, c: aiosqlite.Connection, ids: Sequence[int]) -> Answer:
        known = await self._known(c, ids)
        await store_printers.remove(c, known)
        await self._tell(c, removed=known)
        return {"changed": len(known)}

    async def _switch(self, c: aiosqlite.Connection, ids: Sequence[int], *, enabled: bool) -> Answer:
        known = await self._known(c, ids)
        await store_printers.set_enabled(c, known, enabled)
        await self._tell(c, changed=known)
        return {"changed": len(known)}

    async def _tell(self, c: aiosqlite.Connection, *, changed: Sequence[int] = (), removed: Sequence[int] = ()) -> None:
        """One printers.changed for each 500 entries, each with a version of its own."""
        bodies = await store_printers.bodies(c, changed)
        for at in range(0, len(bodies), BATCH):
            await self._put(c, {"changed": bodies[at : at + BATCH]})
        for at in range(0, len(removed), BATCH):
            await self._put(c, {"removed": list(removed[at : at + BATCH])})

    async def _put(self, c: aiosqlite.Connection, body: dict[str, Any]) -> None:
        version = await raise_meta(c, VERSION)
        await store_outbox.put(c, "printers.changed", {"version": version, **body}, None)

    async def snapshot(self, c: aiosqlite.Connection) -> Answer:
        """Tells the whole inventory, in parts of 500 (one empty part where there is none)."""
        bodies = await store_printers.bodies(c, await store_printers.all_ids(c))
        parts = max(1, -(-len(bodies) // BATCH))
        snapshot_id = str(uuid.uuid4())
        for part in range(parts):
            members = bodies[part * BATCH : (part + 1) * BATCH]
            head = {"id": snapshot_id, "part": part + 1, "parts": parts, "total": len(bodies)}
            await self._put(c, {"changed": members, "snapshot": head})
        await set_meta(c, SNAPSHOT_AT, stamp(self._clock.now()))
        await set_meta(c, SNAPSHOT_DUE, "")
        log.info("inventory.snapshot", printers=len(bodies), parts=parts)
        return {"changed": len(bodies), "snapshot_id": snapshot_id, "parts": parts}

    async def is_snapshot_due(self, c: aiosqlite.Connection) -> bool:
        """None was sent in the last day, or events about the inventory had to be dropped."""
        last: datetime | None = instant(text) if (text := await get_meta(c, SNAPSHOT_AT)) else None
        owed = bool(await get_meta(c, SNAPSHOT_DUE))
        return last is None or owed or self._clock.now() - last >= _SNAPSHOT_EVERY
