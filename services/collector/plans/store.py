"""Plans on disk, so that a restart costs no whole readings. Whatever goes wrong here costs plans and nothing else."""

import asyncio
import hashlib
import sqlite3
import uuid
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from weakref import WeakValueDictionary

import structlog

import services.collector as collector
from services.collector import metrics
from services.collector.plans import layout, record
from services.collector.plans.plans import MOST_KEPT, Key, Plans
from services.collector.plans.units import vendor_named
from shared import __version__
from shared.database import Database
from shared.errors import PrintsweepError

log = structlog.get_logger(__name__)

FILE = "collector.db"
EVERY_S = 2.0
BATCH = 500
_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_BUSY = "locked"  # SQLite's word for a file that others keep to themselves for too long
_FAILURES = (PrintsweepError, sqlite3.Error, OSError)

_PUT_LAYOUT = "INSERT INTO layouts (digest, body) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
_COUNT = "UPDATE about SET number = number + ? WHERE id = 1 AND program = ?"
_PUT_PLAN = """
INSERT INTO plans (address, port, version, layout, body, learned_at, writer, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (address, port, version) DO UPDATE SET layout = excluded.layout, body = excluded.body,
    learned_at = excluded.learned_at, writer = excluded.writer, number = excluded.number
"""
_DROP_PLAN = "DELETE FROM plans WHERE address = ? AND port = ? AND version = ?"
_DROP_BEYOND = """
DELETE FROM plans WHERE rowid IN (SELECT rowid FROM plans ORDER BY learned_at DESC LIMIT -1 OFFSET ?)
"""
_CHECK = "PRAGMA quick_check(1)"
_DROP_UNUSED = "DELETE FROM layouts WHERE digest NOT IN (SELECT layout FROM plans)"
_DROP_LAYOUT = "DELETE FROM layouts WHERE digest = ?"
_ALL_PLANS = """
SELECT address, port, version, layout, body, learned_at FROM plans ORDER BY learned_at DESC LIMIT ?
"""
_OF_OTHERS = """
SELECT address, port, version, layout, body, learned_at, number FROM plans
WHERE number > ? AND writer <> ? ORDER BY number LIMIT ?
"""


class Damaged(PrintsweepError):
    """The file of plans is damaged."""


class OfAnother(PrintsweepError):
    """The file of plans belongs to a collector of another version."""


def program() -> str:
    """This program: its version, and the modules that decide what is asked and how it is read."""
    root = Path(collector.__file__).parent
    found = hashlib.blake2b(__version__.encode(), digest_size=16)
    for folder in ("mib", "plans", "read", "vendors"):
        for path in sorted((root / folder).glob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()


class Store:
    """The file of plans. The collectors of one machine share it: the last to write a plan stands, and what one has
    learned the others need not learn again."""

    def __init__(self, plans: Plans, folder: Path) -> None:
        self._plans = plans
        self._database = Database(folder / FILE, _MIGRATIONS)
        self._is_open = False
        self._program = ""
        self._writer = uuid.uuid4().hex
        self._seen = 0  # the number up to which plans of others have been taken
        self._written = 0  # plans, since what is beyond the bounds was dropped
        self._trouble = ""  # the last one, told once
        self._layouts: WeakValueDictionary[bytes, layout.Layout] = WeakValueDictionary()

    async def open(self) -> None:
        """Opens the file and takes what is in it; a file that is no use is made anew. Never raises for its sake."""
        for last in (False, True):
            try:
                await self._database.open()
                await self._load()
            except _FAILURES as error:
                log.warning("plans.unusable", error=str(error), remedy="none needed: printers are read whole again")
                await self.close()
                # Others may be at work in a file that is only busy.
                if last or _BUSY in str(error) or not await asyncio.to_thread(_removed, self._database.path):
                    return
            else:
                self._is_open = True
                return

    async def close(self) -> None:
        """Closes the file."""
        self._is_open = False
        await self._database.close()

    async def _load(self) -> None:
        self._program = now = await asyncio.to_thread(program)
        (found,) = await self._database.one(_CHECK)
        if found != "ok":
            raise Damaged(f"{self._database.path}: {found}")
        row = await self._database.first("SELECT program, number FROM about")
        self._seen = row["number"] if row else 0
        if not isinstance(self._seen, int):
            raise Damaged(f"{self._database.path}: no number")
        if row is None or row["program"] != now:
            async with self._database.transaction() as connection:
                await connection.execute("DELETE FROM plans")
                await connection.execute("DELETE FROM layouts")
                await connection.execute(
                    "INSERT OR REPLACE INTO about (id, program, number) VALUES (1, ?, ?)", (now, self._seen)
                )
            return
        await self._prune()
        rows = await self._database.all(_ALL_PLANS, (MOST_KEPT,))
        damaged = await self._take(rows[::-1])  # the newest last: it is the last to be forgotten
        log.info("plans.loaded", plans=len(rows) - damaged, damaged=damaged)

    async def _prune(self) -> None:
        """Drops the oldest plans beyond the bound, and the layouts that no plan has."""
        self._written = 0
        async with self._database.transaction() as connection:
            await connection.execute(_DROP_BEYOND, (MOST_KEPT,))
            await connection.execute(_DROP_UNUSED)

    async def _take(self, rows: Sequence[sqlite3.Row]) -> int:
        """Makes plans of rows. Returns how many were damaged, and are left out."""
        damaged = 0
        for number, row in enumerate(rows, 1):
            if not number % BATCH:
                await asyncio.sleep(0)
            try:
                key = (row["address"], row["port"], row["version"])
                entry = record.decoded(key, row["body"], await self._layout(row["layout"]), row["learned_at"])
                if entry.plan is not None:
                    vendor_named(entry.plan.vendor)
                    self._plans.restore(key, entry.plan, entry.traits)
            except (ValueError, KeyError, TypeError, IndexError):
                damaged += 1
        return damaged

    async def _layout(self, name: bytes) -> layout.Layout:
        """Raises KeyError, or what `layout.decoded` raises, where there is none of this digest."""
        found = self._layouts.get(name)
        if found is None:
            row = await self._database.first("SELECT body FROM layouts WHERE digest = ?", (name,))
            if row is None:
                raise KeyError(name)
            if not isinstance(row["body"], bytes) or record.digest(row["body"]) != name:
                await self._database.write(_DROP_LAYOUT, (name,))  # so that it can be written again
                raise KeyError(name)
            found = self._layouts[name] = self._plans.shared(layout.decoded(row["body"]))
        return found

    async def run(self) -> None:
        """Writes what has changed and takes what others have learned, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()
            await self.take_of_others()

    async def take_of_others(self) -> None:
        """Takes the plans that other collectors have written since the last time."""
        while self._is_open:
            try:
                rows = await self._database.all(_OF_OTHERS, (self._seen, self._writer, BATCH))
                if rows:
                    await self._take(rows)
                    self._seen = rows[-1]["number"]
            except _FAILURES as error:
                self._tell("plans.not_read", error)
                return
            if len(rows) < BATCH:
                return

    async def flush(self) -> None:
        """Writes what has changed, in batches of one transaction each. What cannot be written is given up."""
        dirty = self._plans.dirty
        metrics.PLANS.set(len(self._plans))
        while dirty:
            keys = list(islice(dirty, BATCH))
            dirty.difference_update(keys)
            if not self._is_open:
                continue
            try:
                await self._write(keys)
                if self._written > MOST_KEPT:
                    await self._prune()
            except OfAnother as error:
                log.warning("plans.of_another_version", error=str(error), remedy="none needed: plans are not kept")
                await self.close()
            except _FAILURES as error:
                self._tell("plans.not_written", error)
                return
            else:
                self._trouble = ""

    async def _write(self, keys: list[Key]) -> None:
        layouts: dict[bytes, bytes] = {}
        puts, drops = [], []
        for key in keys:
            entry = self._plans.entry(key)
            if entry is None or entry.plan is None:
                drops.append(key)
                continue
            body, name = entry.plan.layout.kept_body
            self._layouts[name] = entry.plan.layout
            layouts[name] = body
            octets = record.encoded(key, entry.plan, entry.traits)
            puts.append((*key, name, octets, entry.plan.learned_at, self._writer))
        async with self._database.transaction() as connection:
            counted = await connection.execute(_COUNT, (len(puts), self._program))
            if counted.rowcount != 1:
                raise OfAnother
            (row,) = await connection.execute_fetchall("SELECT number FROM about")
            numbers = range(row["number"] - len(puts) + 1, row["number"] + 1)
            await connection.executemany(_PUT_LAYOUT, layouts.items())
            await connection.executemany(_PUT_PLAN, [(*put, n) for put, n in zip(puts, numbers, strict=True)])
            await connection.executemany(_DROP_PLAN, drops)
        self._written += len(puts)

    def _tell(self, event: str, error: Exception) -> None:
        """Once: a full disk stays full, and every two seconds there is something to write."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            log.warning(event, error=str(error), remedy="none needed: a restart costs whole readings")


def _removed(path: Path) -> bool:
    """Removes a file of plans. False where that is not possible either: then plans are not kept."""
    try:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    except OSError as error:
        log.warning("plans.not_removed", error=str(error), remedy="none needed: plans are not kept")
        return False
    return True
