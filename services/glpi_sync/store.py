"""The serial numbers that printers told, and the verdicts on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.glpi_sync.closed import Told
from services.glpi_sync.times import iso, iso_now
from shared.database import Database
from shared.messages.base import now

# A reading without a serial is often a partial one: it takes a known serial away only when none has come for a while.
_KEEPS = "excluded.serial = '' AND serials.told_at > :keep"
_REMEMBER = f"""
    INSERT INTO serials (printer_id, serial, raw, seen_at, told_at) VALUES (:id, :serial, :raw, :at, :told)
    ON CONFLICT (printer_id) DO UPDATE SET
        serial = CASE WHEN {_KEEPS} THEN serials.serial ELSE excluded.serial END,
        raw = CASE WHEN {_KEEPS} THEN serials.raw ELSE excluded.raw END,
        told_at = CASE WHEN {_KEEPS} THEN serials.told_at ELSE excluded.told_at END,
        seen_at = excluded.seen_at
    WHERE excluded.seen_at >= serials.seen_at
"""  # noqa: S608 - put together from constants
_UNJUDGED = """
    FROM serials s LEFT JOIN verdicts v ON v.printer_id = s.printer_id
    WHERE (v.printer_id IS NULL OR v.serial <> s.serial)
"""
_NOT_ASKED = " AND (s.asked_at IS NULL OR s.asked <> s.serial OR s.asked_at < :again)"
_VERDICT = """
    INSERT INTO verdicts (printer_id, serial, verdict, checked_at, pass_id) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (printer_id) DO UPDATE SET serial = excluded.serial, verdict = excluded.verdict,
        checked_at = excluded.checked_at, pass_id = excluded.pass_id
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A printer and the serial it told, as it came."""

    printer_id: int
    raw: str


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict that was given, and the normal form it is about."""

    printer_id: int
    serial: str
    verdict: str
    checked_at: datetime
    pass_id: str | None


class Store:
    """Serials and verdicts. `recheck` is the age at which a verdict, or a question without an answer, is stale."""

    def __init__(self, database: Database, recheck: timedelta) -> None:
        self._db, self._recheck = database, recheck

    async def remember(self, at: datetime, told: Sequence[Told]) -> int:
        """Takes over what printers told at `at`; returns how many of the serials are new or other than before."""
        if not told:
            return 0
        marks = ",".join("?" * len(told))
        before = await self._db.all(
            f"SELECT printer_id, serial FROM serials WHERE printer_id IN ({marks}) LIMIT {len(told)}",  # noqa: S608
            [one.printer_id for one in told],
        )
        known = {row["printer_id"]: row["serial"] for row in before}
        keep = iso(at - self._recheck)
        rows = [
            {"id": t.printer_id, "serial": t.serial, "raw": t.raw, "at": iso(at), "keep": keep}
            | {"told": iso(at) if t.serial else ""}
            for t in told
        ]
        await self._db.write_many(_REMEMBER, rows)
        return sum(known.get(t.printer_id) != t.serial for t in told)

    async def due(self, limit: int, *, limited: bool, force: bool) -> list[Known]:
        """Whom a pass judges: at most `limit`, those first whose verdict is missing, about another serial, or oldest.

        A pass that is `limited` leaves out fresh verdicts, save with `force`.
        """
        fresh_too = force or not limited
        only_due = "1 = 1" if fresh_too else "v.serial IS NULL OR v.serial <> s.serial OR v.checked_at < :due"
        rows = await self._db.all(
            f"""SELECT s.printer_id, s.raw FROM serials s LEFT JOIN verdicts v ON v.printer_id = s.printer_id
                WHERE {only_due}
                ORDER BY CASE WHEN v.serial = s.serial THEN v.checked_at ELSE '' END, s.printer_id LIMIT :limit""",  # noqa: S608
            {"due": self._stale(), "limit": limit},
        )
        return [Known(row["printer_id"], row["raw"]) for row in rows]

    async def newcomers(self, limit: int) -> list[Known]:
        """Printers whose serial has no verdict yet and that nobody is asking for, at most `limit`."""
        rows = await self._db.all(
            f"SELECT s.printer_id, s.raw {_UNJUDGED}{_NOT_ASKED} ORDER BY s.printer_id LIMIT :limit",
            {"again": self._stale(), "limit": limit},
        )
        return [Known(row["printer_id"], row["raw"]) for row in rows]

    async def unjudged(self, printer_ids: Iterable[int]) -> set[int]:
        """Those of `printer_ids` (a message's worth) whose serial has no verdict yet."""
        ids = list(printer_ids)
        marks = ",".join("?" * len(ids))
        rows = await self._db.all(
            f"SELECT s.printer_id {_UNJUDGED} AND s.printer_id IN ({marks}) LIMIT {len(ids)}",
            ids,
        )
        return {row["printer_id"] for row in rows}

    async def mark_asked(self, printer_ids: Iterable[int]) -> None:
        """A question for the present serials of these printers is on its way."""
        at = iso_now()
        sql = "UPDATE serials SET asked = serial, asked_at = ? WHERE printer_id = ?"
        await self._db.write_many(sql, [(at, number) for number in printer_ids])

    async def mark_all_asked(self) -> None:
        """A pass that will answer for every serial without a verdict is on its way."""
        await self._db.write(
            f"UPDATE serials SET asked = serial, asked_at = ? WHERE printer_id IN (SELECT s.printer_id {_UNJUDGED})",  # noqa: S608
            (iso_now(),),
        )

    async def ask_again(self) -> None:
        """Nothing counts as asked any more. What is asked twice is answered once: see Lookups."""
        await self._db.write("UPDATE serials SET asked = NULL, asked_at = NULL WHERE asked_at IS NOT NULL")

    async def give(self, verdicts: Iterable[Given]) -> None:
        """Keeps verdicts that were published."""
        rows = [(v.printer_id, v.serial, v.verdict, iso(v.checked_at), v.pass_id) for v in verdicts]
        await self._db.write_many(_VERDICT, rows)

    async def forget(self, older_than: timedelta, most: int) -> int:
        """Forgets printers not read for long, and the longest unread beyond `most`; returns how many."""
        gone = await self._db.write("DELETE FROM serials WHERE seen_at < ?", (iso(now() - older_than),))
        gone += await self._db.write(
            """DELETE FROM serials WHERE printer_id IN
               (SELECT printer_id FROM serials ORDER BY seen_at DESC, printer_id LIMIT 1000000 OFFSET ?)""",
            (most,),
        )
        await self._db.write("DELETE FROM verdicts WHERE printer_id NOT IN (SELECT printer_id FROM serials)")
        return gone

    async def known(self) -> int:
        """How many printers have told a serial, or told none."""
        return int((await self._db.one("SELECT COUNT(*) FROM serials"))[0])

    async def counts(self) -> dict[str, int]:
        """Verdict → printers."""
        rows = await self._db.all("SELECT verdict, COUNT(*) AS n FROM verdicts GROUP BY verdict LIMIT 20")
        return {row["verdict"]: row["n"] for row in rows}

    def _stale(self) -> str:
        return iso(now() - self._recheck)
