"""The inventory's table."""
# ruff: noqa: S608 - statements are put together from constants, column names and question marks only

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiosqlite

from services.scheduler.clock import stamp
from services.scheduler.store import rows

CHUNK = 500
_COLUMNS = "id, address, port, name, site, profile, tags, enabled, interval_minutes"
_ENTRY = "id, address, port, site, profile, enabled, interval_minutes, last_slot_at, failures, skipped"


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


@dataclass(frozen=True, slots=True)
class Entry:
    """A printer as the planner sees it."""

    id: int
    address: str
    port: int
    site: str
    profile: str
    enabled: bool
    interval_minutes: int | None
    last_slot_at: str | None
    failures: int
    skipped: int


def body_of(row: aiosqlite.Row) -> dict[str, Any]:
    """A row as the body `Printer`."""
    return {
        **{k: row[k] for k in ("id", "address", "port", "name", "site", "profile", "interval_minutes")},
        "tags": json.loads(row["tags"]),
        "enabled": bool(row["enabled"]),
    }


async def entries(c: aiosqlite.Connection, site: str | None) -> list[Entry]:
    """All enabled printers, of one site where it is given. Bounded by the inventory's limit."""
    sql = f"SELECT {_ENTRY} FROM printers WHERE enabled = 1 AND (? IS NULL OR site = ?) ORDER BY id"
    return [Entry(*row) for row in await rows(c, sql, (site, site))]


async def by_ids(c: aiosqlite.Connection, ids: Sequence[int]) -> dict[int, Entry]:
    """The printers with these ids that there are."""
    found: dict[int, Entry] = {}
    for at in range(0, len(ids), CHUNK):
        part = ids[at : at + CHUNK]
        among = await rows(c, f"SELECT {_ENTRY} FROM printers WHERE id IN ({_marks(part)})", part)
        found |= {row[0]: Entry(*row) for row in among}
    return found


async def bodies(c: aiosqlite.Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The printers with these ids as message bodies."""
    found: list[dict[str, Any]] = []
    for at in range(0, len(ids), CHUNK):
        part = ids[at : at + CHUNK]
        sql = f"SELECT {_COLUMNS} FROM printers WHERE id IN ({_marks(part)}) ORDER BY id"
        found += [body_of(row) for row in await rows(c, sql, part)]
    return found


async def all_ids(c: aiosqlite.Connection) -> list[int]:
    """The ids of the whole inventory."""
    return [row[0] for row in await rows(c, "SELECT id FROM printers ORDER BY id")]


async def by_key(c: aiosqlite.Connection) -> dict[tuple[str, int], dict[str, Any]]:
    """The whole inventory by (address, port). Bounded by the inventory's limit."""
    return {(row["address"], row["port"]): body_of(row) for row in await rows(c, f"SELECT {_COLUMNS} FROM printers")}


async def insert(c: aiosqlite.Connection, printers: Iterable[dict[str, Any]]) -> list[int]:
    """Adds printers; returns their ids."""
    stored = [_stored(p) for p in printers]
    # AUTOINCREMENT counts on from here, one by one: no other writer is between the rows of a transaction.
    last = await rows(c, "SELECT seq FROM sqlite_sequence WHERE name = 'printers'")
    first = (last[0][0] if last else 0) + 1
    await c.executemany(
        "INSERT INTO printers (address, port, name, site, profile, tags, enabled, interval_minutes)"
        " VALUES (:address, :port, :name, :site, :profile, :tags, :enabled, :interval_minutes)",
        stored,
    )
    return list(range(first, first + len(stored)))


async def update(c: aiosqlite.Connection, printers: Iterable[dict[str, Any]]) -> None:
    """Changes printers, each with its id."""
    await c.executemany(
        "UPDATE printers SET name = :name, site = :site, profile = :profile, tags = :tags, enabled = :enabled,"
        " interval_minutes = :interval_minutes WHERE id = :id",
        [_stored(p) for p in printers],
    )


def _stored(printer: dict[str, Any]) -> dict[str, Any]:
    return {**printer, "tags": json.dumps(printer["tags"]), "enabled": int(printer["enabled"])}


async def remove(c: aiosqlite.Connection, ids: Sequence[int]) -> None:
    """Takes printers out."""
    await c.executemany("DELETE FROM printers WHERE id = ?", [(i,) for i in ids])


async def set_enabled(c: aiosqlite.Connection, ids: Sequence[int], enabled: bool) -> None:
    """Switches printers on or off. Switched on, a printer begins without its past failures."""
    await c.executemany(
        "UPDATE printers SET enabled = ?, failures = 0, skipped = 0 WHERE id = ?", [(int(enabled), i) for i in ids]
    )


async def took_slot(
    c: aiosqlite.Connection, slot: datetime, planned: Sequence[int], backed_off: Sequence[int], skipped: Sequence[int]
) -> None:
    """Notes who had a turn in a slot: the planned, the backed off (one more skipped), those with an open poll."""
    at = stamp(slot)
    await c.executemany("UPDATE printers SET last_slot_at = ?, skipped = 0 WHERE id = ?", [(at, i) for i in planned])
    await c.executemany(
        "UPDATE printers SET last_slot_at = ?, skipped = skipped + 1 WHERE id = ?", [(at, i) for i in backed_off]
    )
    await c.executemany("UPDATE printers SET last_slot_at = ? WHERE id = ?", [(at, i) for i in skipped])


async def note_results(c: aiosqlite.Connection, answered: Iterable[int], failed: Iterable[int]) -> None:
    """Ends the row of failures of those that answered; lengthens it by one for those that did not."""
    if well := list(answered):
        await c.execute(
            "UPDATE printers SET failures = 0, skipped = 0"
            " WHERE id IN (SELECT value FROM json_each(?)) AND (failures > 0 OR skipped > 0)",
            (json.dumps(well),),
        )
    if ill := [(i,) for i in failed]:
        await c.executemany("UPDATE printers SET failures = failures + 1 WHERE id = ?", ill)
