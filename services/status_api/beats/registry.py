"""Who lives: the last beat of every instance, in memory, and remembered in the database over a restart.

A role is missing when it is expected, or was ever seen, and none of its instances has beaten for three intervals.
"""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from services.status_api.beats.store import store_beat, stored_beats
from services.status_api.times import instant, iso, iso_now, seconds_between
from shared.broker.delivery import Delivery
from shared.database import Database
from shared.messages.beats import ServiceBeat
from shared.words import ROLES

log = structlog.get_logger(__name__)

MAX_INSTANCES = 1000
_MISSED = 3
_STORE_EVERY_S = 60.0
# An instance that has been silent, or has stopped, for so long was replaced; its role stays known.
_FORGET_SILENT_S, _FORGET_STOPPED_S = 300.0, 60.0


@dataclass(slots=True)
class Seen:
    """An instance's last beat and when it came, by our clock."""

    beat: ServiceBeat
    at: str


class Registry:
    """The beats of all services."""

    def __init__(self, database: Database, interval_s: float) -> None:
        self._db, self._late_s = database, _MISSED * interval_s
        self._seen: dict[tuple[str, str], Seen] = {}
        self._stored: dict[tuple[str, str], str] = {}
        self.began = iso_now()

    async def open(self) -> None:
        """Takes up what was seen before a restart."""
        for beat, at in await stored_beats(self._db, MAX_INSTANCES):
            self._seen[beat.role, beat.instance] = Seen(beat, at)

    async def on_beat(self, delivery: Delivery) -> None:
        """One service.beat."""
        beat: ServiceBeat = delivery.body
        key = (beat.role, beat.instance)
        if key not in self._seen and len(self._seen) >= MAX_INSTANCES:
            self._seen.pop(min(self._seen, key=lambda k: self._seen[k].at))
        before = self._seen.get(key)
        self._seen[key] = Seen(beat, iso_now())
        if before is None or before.beat.state != beat.state or before.beat.pid != beat.pid or self._due(key):
            await self._store(key)

    def _due(self, key: tuple[str, str]) -> bool:
        age = seconds_between(self._stored.get(key), iso_now())
        return age is None or age > _STORE_EVERY_S

    async def _store(self, key: tuple[str, str]) -> None:
        seen = self._seen[key]
        self._stored[key] = seen.at
        try:
            await store_beat(self._db, seen.beat, seen.at)
        except sqlite3.Error as error:
            # It is known in memory, which is what counts; the next beat tries again.
            self._stored.pop(key, None)
            log.warning("beat.not_stored", error=str(error)[:300])

    def listing(self) -> list[dict[str, Any]]:
        """A row for every instance that beats or did so lately, and one for each role without any."""
        now = iso_now()
        rows = [self._row(seen, now) for seen in self._seen.values()]
        alive = {r["role"] for r in rows if not r["missing"]}
        shown = [r for r in rows if not r["missing"] or r["role"] not in alive or not _is_history(r)]
        shown = [r | {"missing": True} if r["role"] not in alive else r | {"missing": False} for r in shown]
        absent = (set(ROLES) | {r["role"] for r in rows}) - {r["role"] for r in shown}
        return sorted(shown, key=lambda r: (r["role"], r["instance"])) + [
            _never(role, missing=self.age_s > self._late_s) for role in sorted(absent)
        ]

    def _row(self, seen: Seen, now: str) -> dict[str, Any]:
        beat = seen.beat
        age = seconds_between(seen.at, now) or 0.0
        # After a start of ours everybody has the time of three beats to be heard again.
        gone = min(age, self.age_s) > self._late_s
        state = "silent" if gone and beat.state != "stopped" else beat.state
        return {
            "role": beat.role,
            "instance": beat.instance,
            "version": beat.version,
            "host": beat.host,
            "pid": beat.pid,
            "state": state,
            "started_at": iso(beat.started_at),
            "last_beat_at": seen.at,
            "age_s": round(age, 1),
            "in_flight": beat.in_flight,
            "done": beat.done,
            "failed": beat.failed,
            "last_progress_at": iso(beat.last_progress_at) if beat.last_progress_at else None,
            # Above the network's delay, this is how far the sender's clock is off.
            "skew_s": round((beat.at - instant(seen.at)).total_seconds(), 2),
            "detail": beat.detail,
            "missing": gone or beat.state == "stopped",
        }

    def beats(self) -> list[tuple[ServiceBeat, datetime]]:
        """Every instance's last beat with the instant it came."""
        return [(seen.beat, instant(seen.at)) for seen in self._seen.values()]

    @property
    def age_s(self) -> float:
        """Seconds since this process began to listen: nobody is missing before it could be heard."""
        return (datetime.now(UTC) - instant(self.began)).total_seconds()


def _is_history(row: dict[str, Any]) -> bool:
    return bool(row["age_s"] > (_FORGET_STOPPED_S if row["state"] == "stopped" else _FORGET_SILENT_S))


def _never(role: str, *, missing: bool) -> dict[str, Any]:
    return {
        "role": role,
        "instance": "",
        "version": None,
        "host": None,
        "pid": None,
        "state": "absent",
        "started_at": None,
        "last_beat_at": None,
        "age_s": None,
        "in_flight": 0,
        "done": 0,
        "failed": 0,
        "last_progress_at": None,
        "skew_s": None,
        "detail": {},
        "missing": missing,
    }
