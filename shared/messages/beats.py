"""The body of service.beat."""

from typing import Annotated, Literal

from pydantic import Field

from shared.messages.base import Body, Instant, ShortText


class ServiceBeat(Body):
    """A sign of life, every 5 s. Liveness is progress while there is a backlog, so it carries counters, not a flag.

    `detail` holds what only this role knows: scheduler: last_slot_at, next_slot_at, printers, open_sweeps,
    waiting_to_publish; collector: sites; glpi_sync: last_pass_at, glpi_error; status_api: polls_per_second.
    """

    role: ShortText
    instance: ShortText
    version: ShortText
    host: ShortText
    pid: int
    started_at: Instant
    at: Instant
    state: Literal["starting", "running", "leader", "standby", "waiting", "stopping", "stopped"]
    in_flight: int = 0
    done: int = 0
    failed: int = 0
    last_progress_at: Instant | None = None
    detail: Annotated[dict[ShortText, str | int | float | bool | None], Field(max_length=64)] = {}
