"""The table of polls that have not ended, and what their ends do to the counts of their sweeps."""
# ruff: noqa: S608 - statements are put together from constants, column names and question marks only

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import aiosqlite
import orjson

from services.scheduler.clock import stamp
from services.scheduler.store import rows

WAITING, REQUESTED = "WAITING", "REQUESTED"


class Poll(NamedTuple):
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
    failing: bool = False  # the printer's last poll failed


_NAMES = [name for name in Poll._fields if name != "failing"]
_COLUMNS = ", ".join(_NAMES)
# What stands in the conditions of the partial indexes must stand in the statements as it is, and not as a parameter.
_IS_WAITING, _IS_REQUESTED = f"state = '{WAITING}'", f"state = '{REQUESTED}'"


async def insert(c: aiosqlite.Connection, polls: Iterable[Poll]) -> None:
    """Adds polls. Raises sqlite3.IntegrityError where one is outstanding for the same printer and lane."""
    marks = ", ".join("?" * len(_NAMES))
    await c.executemany(f"INSERT INTO polls ({_COLUMNS}) VALUES ({marks})", [p[: len(_NAMES)] for p in polls])


async def outstanding(c: aiosqlite.Connection, lane: str) -> dict[int, str]:
    """Printer id → poll id of what has not ended in a lane."""
    found = await rows(c, "SELECT printer_id, poll_id FROM polls WHERE lane = ?", (lane,))
    return {row[0]: row[1] for row in found}


async def waiting(c: aiosqlite.Connection, site: str, lane: str, limit: int) -> list[Poll]:
    """The first polls that the queue of this site and lane has not taken yet. Only here `failing` is told."""
    columns = ", ".join(f"polls.{name}" for name in _NAMES)
    found = await rows(
        c,
        f"SELECT {columns}, COALESCE(printers.failures, 0) > 0 FROM polls"
        " LEFT JOIN printers ON printers.id = polls.printer_id"
        f" WHERE polls.{_IS_WAITING} AND polls.site = ? AND lane = ? ORDER BY seq LIMIT ?",
        (site, lane, limit),
    )
    return [Poll._make((*row[:-1], bool(row[-1]))) for row in found]


async def overdue(c: aiosqlite.Connection, site: str, lane: str, at: datetime, limit: int) -> list[Poll]:
    """Those of them whose patience has ended. Reads all that wait: ask when the first one's has."""
    return await _select(
        c,
        f"{_IS_WAITING} AND site = ? AND lane = ? AND refuse_at <= ? ORDER BY seq LIMIT ?",
        (site, lane, stamp(at), limit),
    )


async def expired(c: aiosqlite.Connection, at: datetime, limit: int) -> list[Poll]:
    """Polls that outlived TTL, budget and grace."""
    return await _select(c, f"{_IS_REQUESTED} AND expires_at <= ? ORDER BY expires_at LIMIT ?", (stamp(at), limit))


async def requested_before(c: aiosqlite.Connection, lane: str, at: datetime) -> list[Poll]:
    """Polls of a lane that were requested before an instant and have not ended."""
    return await _select(c, f"{_IS_REQUESTED} AND lane = ? AND requested_at < ?", (lane, stamp(at)))


async def _select(c: aiosqlite.Connection, condition: str, values: Sequence[object]) -> list[Poll]:
    return [Poll(*row) for row in await rows(c, f"SELECT {_COLUMNS} FROM polls WHERE {condition}", values)]


async def lanes(c: aiosqlite.Connection) -> list[tuple[str, str]]:
    """The (site, lane) pairs for which something waits. Reads all that waits."""
    found = await rows(c, f"SELECT DISTINCT site, lane FROM polls WHERE {_IS_WAITING}")
    return [(row[0], row[1]) for row in found]


async def mark_requested(
    c: aiosqlite.Connection, polls: Sequence[Poll], at: datetime, expires_at: datetime
) -> list[Poll]:
    """The broker has taken these. Returns those that had not ended meanwhile: of the others the result came first, and
    they were counted and told then."""
    found = await rows(
        c,
        "UPDATE polls SET state = ?, requested_at = ?, expires_at = ?"
        f" WHERE poll_id IN (SELECT value FROM json_each(?)) AND {_IS_WAITING} RETURNING poll_id",
        (REQUESTED, stamp(at), stamp(expires_at), _listed(p.poll_id for p in polls)),
    )
    marked = {row[0] for row in found}
    taken = [p for p in polls if p.poll_id in marked]
    counts = Counter(p.sweep_id for p in taken if p.sweep_id is not None)
    await c.executemany(
        "UPDATE sweeps SET requested = requested + ? WHERE id = ?", [(n, sweep) for sweep, n in counts.items()]
    )
    return taken


async def end(c: aiosqlite.Connection, states: dict[str, str]) -> list[Poll]:
    """Ends polls: poll id → refused, expired, dead, done or failed. Returns those that had not ended before, in the
    state that they were in; the counts of their sweeps follow. The first end counts: later ones are only recorded.
    """
    found = await rows(
        c,
        f"DELETE FROM polls WHERE poll_id IN (SELECT value FROM json_each(?)) RETURNING {_COLUMNS}",
        (_listed(states),),
    )
    ended = [Poll(*row) for row in found]
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


def _listed(poll_ids: Iterable[str]) -> str:
    """As one parameter for json_each, however many they are."""
    return orjson.dumps(list(poll_ids)).decode()
