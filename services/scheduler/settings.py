"""The scheduler's settings."""

import difflib
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator

from services.scheduler.zone import local_zone
from shared.settings import Settings

_CLOCK_TIME = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")


class SchedulerSettings(Settings):
    """What the scheduler needs to know."""

    scheduler_cron: str = Field(
        "", description="When slots are, as a cron line (five or six fields); empty: every POLL_INTERVAL_MINUTES"
    )
    scheduler_timezone: str = Field("", description="Time zone of slots, such as Europe/Berlin; empty: the system's")
    scheduler_max_polls_per_second: float = Field(
        0.0, ge=0, le=10_000, description="Poll requests published per second and site; 0: no limit"
    )
    scheduler_budget_s: float = Field(60.0, gt=0, le=600, description="What a collector may spend on one printer")
    scheduler_grace_s: float = Field(
        60.0, ge=0, le=86_400, description="A poll without a result is EXPIRED this long after its TTL and budget"
    )
    scheduler_backoff_after: int = Field(
        3, ge=1, le=1000, description="Failures in a row after which a printer is polled more seldom"
    )
    scheduler_backoff_max_slots: int = Field(
        24, ge=1, le=10_000, description="A printer that never answers is polled at least every so many slots"
    )
    scheduler_glpi_at: str = Field("02:00", description="Local time of the daily GLPI pass, HH:MM; empty: none")
    scheduler_outbox_limit: int = Field(
        20_000, ge=100, description="Events kept while status_api's queue is full; beyond, progress events are dropped"
    )
    scheduler_max_printers: int = Field(200_000, ge=1, description="The most printers the inventory takes")

    @field_validator("scheduler_cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        if value.strip():
            try:
                next(CronSim(value.strip(), datetime.now(UTC)))
            except (CronSimError, StopIteration) as error:
                raise ValueError(
                    f"{error or 'it never comes true'}: a cron line is wanted, such as 0 * * * *"
                ) from None
        return value.strip()

    @field_validator("scheduler_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value and value not in available_timezones():
            near = difflib.get_close_matches(value, sorted(available_timezones()), n=1)
            raise ValueError("not a time zone" + (f"; did you mean {near[0]}?" if near else ""))
        return value

    @field_validator("scheduler_glpi_at")
    @classmethod
    def _glpi_at(cls, value: str) -> str:
        if value and not _CLOCK_TIME.match(value):
            raise ValueError("a time of day as HH:MM is wanted, or nothing")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of slots."""
        return ZoneInfo(self.scheduler_timezone) if self.scheduler_timezone else local_zone()

    @property
    def interval_s(self) -> float:
        """POLL_INTERVAL_MINUTES in seconds."""
        return self.poll_interval_minutes * 60

    def ttl_s(self, lane: str) -> float:
        """How long a poll waits in its queue before the broker gives it up."""
        return self.urgent_ttl_s if lane == "urgent" else self.interval_s

    def patience_s(self, lane: str) -> float:
        """How long a poll waits before a full queue: half of what it could wait inside."""
        return self.ttl_s(lane) / 2
