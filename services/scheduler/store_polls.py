"""The table of polls that have not ended, and what their ends do to the counts of their sweeps."""
# ruff: noqa: S608 - statements are put together from constants, column names and question marks only

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import aiosqlite

from services.scheduler.clock import stamp

CHUNK = 500
WAITING, REQUESTED = "WAITING", "REQUESTED"


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll that has not ended."""

    poll_id: str
    printer_id: int
    sweep_id: str | None
    order_id: str | None
    site: str
    lane: str
    address: str
    port: int
    profile: str
    refuse_at: str
    state: str = WAITING


_COLUMNS = ", ".join(Poll.__dataclass_fields__)


async def insert(c: aiosqlite.Connection, polls: Iterable[Poll]) -> None:
    """Adds polls. Raises sqlite3.IntegrityError where one is outstanding for the same printer and lane."""
    await c.executemany(
        f"INSERT INTO polls ({_COLUMNS}) VALUES ({', '.join(':' + n for n in Poll.__dataclass_fields__)})",
        [asdict(p) for p in polls],
    )


async def outstanding(c: aiosqlite.Connection, lane: str) -> dict[int, str]:
    """Printer id → poll id of what has not ended in a lane."""
    async with c.execute("SELECT printer_id, poll_id FROM polls WHERE lane = ?", (lane,)) as cursor:
        return {row[0]: row[1] for row in await cursor.fetchall()}


async def waiting(c: aiosqlite.Connection, site: str, lane: str, limit: int) -> list[Poll]:
    """The first polls that the queue of this site and lane has not taken yet."""
    return await _select(c, "state = ? AND site = ? AND lane = ? ORDER BY seq LIMIT ?", (WAITING, site, lane, limit))


async def overdue(c: aiosqlite.Connection, site: str, lane: str, at: datetime, limit: int) -> list[Poll]:
    """Those of them whose patience has ended."""
    return await _select(
        c,
        "state = ? AND site = ? AND lane = ? AND refuse_at <= ? ORDER BY seq LIMIT ?",
        (WAITING, site, lane, stamp(at), limit),
    )


async def expired(c: aiosqlite.Connection, at: datetime, limit: int) -> list[Poll]:
    """Polls that outlived TTL, budget and grace."""
    return await _select(c, "state = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?", (REQUESTED, stamp(at), limit))


async def requested_before(c: aiosqlite.Connection, lane: str, at: datetime) -> list[Poll]:
    """Polls of a lane that were requested before an instant and have not ended."""
    return await _select(c, "state = ? AND lane = ? AND requested_at < ?", (REQUESTED, lane, stamp(at)))


async def _select(c: aiosqlite.Connection, condition: str, values: Sequence[object]) -> list[Poll]:
    async with c.execute(f"SELECT {_COLUMNS} FROM polls WHERE {condition}", tuple(values)) as cursor:
        return [Poll(*row) for row in await cursor.fetchall()]


async def lanes(c: aiosqlite.Connection) -> list[tuple[str, str]]:
    """The (site, lane) pairs for which something waits."""
    async with c.execute("SELECT DISTINCT site, lane FROM polls WHERE state = ?", (WAITING,)) as cursor:
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def mark_requested(c: aiosqlite.Connection, polls: Sequence[Poll], at: datetime, expires_at: datetime) -> None:
    """The broker has taken these. One that has ended meanwhile (its result came first) was counted then."""
    counts: Counter[str] = Counter()
    for sweep_id in {p.sweep_id for p in polls}:
        ids = [p.poll_id for p in polls if p.sweep_id == sweep_id]
        cursor = await c.executemany(
            "UPDATE polls SET state = ?, requested_at = ?, expires_at = ? WHERE poll_id = ? AND state = ?",
            [(REQUESTED, stamp(at), stamp(expires_at), i, WAITING) for i in ids],
        )
        if sweep_id is not None:
            counts[sweep_id] = cursor.rowcount
        await cursor.close()
    await c.executemany(
        "UPDATE sweeps SET requested = requested + ? WHERE id = ?", [(n, sweep) for sweep, n in counts.items()]
    )


async def end(c: aiosqlite.Connection, states: dict[str, str]) -> list[Poll]:
    """Ends polls: poll id → refused, expired, dead, done or failed. Returns those that had not ended before, in the
    state that they were in; the counts of their sweeps follow. The first end counts: later ones are only recorded.
    """
    ids = list(states)
    ended: list[Poll] = []
    for at in range(0, len(ids), CHUNK):
        part = ids[at : at + CHUNK]
        ended += await _select(c, f"poll_id IN ({','.join('?' * len(part))})", part)
    await c.executemany("DELETE FROM polls WHERE poll_id = ?", [(p.poll_id,) for p in ended])
    counts: Counter[tuple[str, str]] = Counter()
    for poll in ended:
        if poll.sweep_id is None:
            continue
        state = states[poll.poll_id]
        counts[poll.sweep_id, state] += 1
        if poll.state == WAITING and state != "refused":
            counts[poll.sweep_id, "requested"] += 1  # the result overtook the note that the broker has the request
    for (sweep_id, column), n in counts.items():
        await c.execute(f"UPDATE sweeps SET {column} = {column} + ? WHERE id = ?", (n, sweep_id))
    return ended
