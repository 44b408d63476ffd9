"""Passes, and GLPI's printers and entities as the last one read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.glpi_sync.client import GlpiPrinter
from services.glpi_sync.serials import normal_form
from services.glpi_sync.times import instant, iso
from shared.database import Database
from shared.messages.base import now

KEPT = 1000
_SAVE = """
    INSERT INTO passes (pass_id, state, dry_run, started_at, finished_at, attempts, glpi_printers, counts, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (pass_id) DO UPDATE SET state = excluded.state, dry_run = excluded.dry_run,
        started_at = excluded.started_at, finished_at = excluded.finished_at, attempts = excluded.attempts,
        glpi_printers = excluded.glpi_printers, counts = excluded.counts, error = excluded.error
"""


@dataclass(slots=True)
class PassRow:
    """A pass: `state` is ordered, running, done or failed; `counts` is verdict → printers."""

    pass_id: str
    state: str
    dry_run: bool
    started_at: datetime
    finished_at: datetime | None = None
    attempts: int = 0
    glpi_printers: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None


def _row(row: Any) -> PassRow:
    return PassRow(
        row["pass_id"],
        row["state"],
        bool(row["dry_run"]),
        instant(row["started_at"]),
        instant(row["finished_at"]) if row["finished_at"] else None,
        row["attempts"],
        row["glpi_printers"],
        orjson.loads(row["counts"]),
        row["error"],
    )


class PassStore:
    """The passes and the local copy."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def find(self, pass_id: str) -> PassRow | None:
        """The pass of this id."""
        row = await self._db.first("SELECT * FROM passes WHERE pass_id = ?", (pass_id,))
        return _row(row) if row else None

    async def last(self) -> PassRow | None:
        """The pass that began last."""
        row = await self._db.first(
            "SELECT * FROM passes WHERE state <> 'ordered' ORDER BY started_at DESC, pass_id LIMIT 1"
        )
        return _row(row) if row else None

    async def save(self, row: PassRow) -> None:
        """Keeps a pass as it stands now; only the newest KEPT stay."""
        finished = iso(row.finished_at) if row.finished_at else None
        values = (row.pass_id, row.state, int(row.dry_run), iso(row.started_at), finished, row.attempts)
        async with self._db.transaction() as connection:
            await connection.execute(_SAVE, (*values, row.glpi_printers, orjson.dumps(row.counts).decode(), row.error))
            await connection.execute(
                """DELETE FROM passes WHERE pass_id IN
                   (SELECT pass_id FROM passes ORDER BY started_at DESC, pass_id LIMIT 100 OFFSET ?)""",
                (KEPT,),
            )

    async def drop(self, pass_id: str) -> None:
        """Forgets a pass that was ordered and never got out."""
        await self._db.write("DELETE FROM passes WHERE pass_id = ? AND state = 'ordered'", (pass_id,))

    async def is_coming(self, patience: timedelta) -> bool:
        """Whether a full pass is ordered or under way, and not for longer than `patience`."""
        row = await self._db.first(
            "SELECT 1 FROM passes WHERE state IN ('ordered', 'running') AND dry_run = 0 AND started_at > ? LIMIT 1",
            (iso(now() - patience),),
        )
        return row is not None

    async def replace_copy(self, printers: Sequence[GlpiPrinter], entities: Mapping[int, str]) -> None:
        """The local copy becomes exactly this."""
        rows = [
            (
                p.id, p.entity_id, p.name, p.serial, normal_form(p.serial), int(p.in_trash), int(p.is_dynamic), p.pages
            )
            for p in printers
        ]  # fmt: skip
        async with self._db.transaction() as connection:
            await connection.execute("DELETE FROM glpi_printers")
            await connection.executemany("INSERT INTO glpi_printers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            await connection.execute("DELETE FROM glpi_entities")
            await connection.executemany("INSERT INTO glpi_entities VALUES (?, ?)", list(entities.items()))

    async def copied(self) -> int:
        """How many printers the local copy holds, the bin included."""
        return int((await self._db.one("SELECT COUNT(*) FROM glpi_printers"))[0])
