"""Plans on disk, so that a restart costs no whole readings. Whatever goes wrong here costs plans and nothing else."""

import asyncio
import hashlib
import sqlite3
from itertools import islice
from pathlib import Path

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
_FAILURES = (PrintsweepError, sqlite3.Error, OSError)

_PUT_LAYOUT = "INSERT INTO layouts (digest, body) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
_PUT_PLAN = """
INSERT INTO plans (address, port, version, layout, body, learned_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (address, port, version)
DO UPDATE SET layout = excluded.layout, body = excluded.body, learned_at = excluded.learned_at
"""
_DROP_PLAN = "DELETE FROM plans WHERE address = ? AND port = ? AND version = ?"
_DROP_BEYOND = """
DELETE FROM plans WHERE rowid IN (SELECT rowid FROM plans ORDER BY learned_at DESC LIMIT -1 OFFSET ?)
"""
_DROP_UNUSED = "DELETE FROM layouts WHERE digest NOT IN (SELECT layout FROM plans)"
_ALL_PLANS = """
SELECT address, port, version, layout, body, learned_at FROM plans ORDER BY learned_at DESC LIMIT ?
"""


def program() -> str:
    """This program: its version, and the modules that decide what is asked and how it is read."""
    root = Path(collector.__file__).parent
    found = hashlib.blake2b(__version__.encode(), digest_size=16)
    for folder in ("mib", "plans", "read", "vendors"):
        for path in sorted((root / folder).glob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()


class Store:
    """The file of plans. Several collectors of one machine may share it: the last to write a plan stands."""

    def __init__(self, plans: Plans, folder: Path) -> None:
        self._plans = plans
        self._database = Database(folder / FILE, _MIGRATIONS)
        self._is_open = False
        self._digests: set[bytes] = set()  # of layouts that are on disk

    async def open(self) -> None:
        """Opens the file and takes what is in it; a file that is no use is made anew. Never raises for its sake."""
        for last in (False, True):
            try:
                await self._database.open()
                await self._load()
            except _FAILURES as error:
                log.warning("plans.unusable", error=str(error), remedy="none needed: printers are read whole again")
                await self.close()
                if not last:
                    await asyncio.to_thread(_remove, self._database.path)
            else:
                self._is_open = True
                return

    async def close(self) -> None:
        """Closes the file."""
        self._is_open = False
        await self._database.close()

    async def _load(self) -> None:
        now = await asyncio.to_thread(program)
        row = await self._database.first("SELECT program FROM about")
        if row is None or row["program"] != now:
            async with self._database.transaction() as connection:
                await connection.execute("DELETE FROM plans")
                await connection.execute("DELETE FROM layouts")
                await connection.execute("INSERT OR REPLACE INTO about (id, program) VALUES (1, ?)", (now,))
            return
        await self._database.write(_DROP_BEYOND, (MOST_KEPT,))
        await self._database.write(_DROP_UNUSED)
        layouts = {}
        for row in await self._database.all("SELECT digest, body FROM layouts LIMIT ?", (MOST_KEPT,)):
            layouts[row["digest"]] = row["body"]
        self._digests = set(layouts)
        await self._restore(layouts)

    async def _restore(self, bodies: dict[bytes, bytes]) -> None:
        known: dict[bytes, layout.Layout] = {}
        damaged = 0
        for number, row in enumerate(await self._database.all(_ALL_PLANS, (MOST_KEPT,)), 1):
            if not number % BATCH:
                await asyncio.sleep(0)
            try:
                name = row["layout"]
                if name not in known:
                    known[name] = self._plans.shared(layout.decoded(bodies[name]))
                entry = record.decoded(row["body"], known[name], row["learned_at"])
                if entry.plan is not None:
                    vendor_named(entry.plan.vendor)
                    self._plans.restore((row["address"], row["port"], row["version"]), entry.plan, entry.traits)
            except (ValueError, KeyError, TypeError, IndexError):
                damaged += 1
        log.info("plans.loaded", plans=len(self._plans), layouts=len(known), damaged=damaged)

    async def run(self) -> None:
        """Writes what has changed, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

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
            except _FAILURES as error:
                log.warning("plans.not_written", plans=len(keys), error=str(error))
                return

    async def _write(self, keys: list[Key]) -> None:
        layouts: dict[bytes, bytes] = {}
        puts, drops = [], []
        for key in keys:
            entry = self._plans.entry(key)
            if entry is None or entry.plan is None:
                drops.append(key)
                continue
            body = entry.plan.layout.kept_body
            name = record.digest(body)
            if name not in self._digests:
                layouts[name] = body
            puts.append((*key, name, record.encoded(entry.plan, entry.traits), entry.plan.learned_at))
        async with self._database.transaction() as connection:
            await connection.executemany(_PUT_LAYOUT, layouts.items())
            await connection.executemany(_PUT_PLAN, puts)
            await connection.executemany(_DROP_PLAN, drops)
        if len(self._digests) > MOST_KEPT:
            self._digests.clear()
        self._digests.update(layouts)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
