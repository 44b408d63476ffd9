"""`printsweep doctor`: all checks, from the broker's management API and from status_api; works with either alone."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import aio_pika
import typer
from aiormq.exceptions import AMQPError

from cli.operator import show
from cli.operator.broker import Broker, broker
from cli.operator.client import Api, run
from cli.operator.errors import ApiMissing, OperatorError
from cli.operator.options import ApiOption, Json
from cli.operator.overview import print_findings
from cli.operator.where import Where, where
from doctor.checks import run as run_checks
from doctor.checks.services import SILENT_S
from doctor.collect import broker_view
from doctor.snapshot import BrokerView, Snapshot, StatusView
from doctor.status import status_view
from shared.broker.link import close_quietly, without_credentials
from shared.errors import PrintsweepError
from shared.management import Management
from shared.text import clean
from shared.topology.table import topology

T = TypeVar("T")
ANSWER_S = 5.0
EXIT_FINDINGS, EXIT_CANNOT_TELL = 1, 2
# Faults that only status_api can see, and therefore taken from its own checks.
_ONLY_THERE = frozenset({"disk_full", "clock_skew"})


def doctor(as_json: Json = False, api: ApiOption = None) -> None:
    """Look for every known fault. Exit status 0 healthy, 1 findings, 2 neither broker nor status_api can be asked."""
    snapshot, theirs = run(_look(broker(), where(api)))
    findings = [f.as_json() for f in run_checks(snapshot)]
    known = {(f["id"], f["subject"]) for f in findings}
    findings += [f for f in theirs if f.get("id") in _ONLY_THERE and (f.get("id"), f.get("subject")) not in known]
    halves = {"broker": snapshot.broker is not None, "status_api": snapshot.status is not None}
    cannot_tell = not any(halves.values())
    if as_json:
        show.document(
            {"ok": not findings, "findings": findings, "asked": halves, "checked_at": snapshot.at.isoformat()}
        )
    else:
        print_findings(findings)
        silent = [name for name, heard in halves.items() if not heard]
        if silent and not cannot_tell:
            show.say(f"Only half of the checks could be made: {' and '.join(silent)} did not answer.")
        elif cannot_tell:
            show.say("Neither the broker's management API nor status_api answers, so nothing more can be told.")
    raise typer.Exit(EXIT_CANNOT_TELL if cannot_tell else EXIT_FINDINGS if findings else 0)


async def _look(target: Broker, place: Where) -> tuple[Snapshot, list[dict[str, Any]]]:
    wanted = topology(target.options)
    (view, management_error), (status, status_error), broker_error = await asyncio.gather(
        _told(_broker_half(target)),
        _told(_status_half(place, target.options.poll_interval_s)),
        _reach(target.amqp),
    )
    half, theirs = status or (None, [])
    return (
        Snapshot(
            at=datetime.now(UTC),
            broker=view,
            status=half,
            broker_error=broker_error,
            management_error=management_error,
            status_error=status_error,
            wanted=wanted,
        ),
        theirs,
    )


async def _told(work: Awaitable[T]) -> tuple[T | None, str | None]:
    """What `work` brings, or the sentence that says why it brings nothing."""
    try:
        return await work, None
    except (PrintsweepError, OperatorError) as error:
        return None, clean(error, 500)


async def _broker_half(target: Broker) -> BrokerView:
    async with Management(target.management, target.vhost, timeout_s=ANSWER_S) as api:
        return await broker_view(api)


async def _status_half(place: Where, interval_s: float) -> tuple[StatusView, list[dict[str, Any]]]:
    async with Api(place, timeout_s=ANSWER_S) as api:
        services, groups, health = await asyncio.gather(api.get("services"), api.get("dead/groups"), api.get("health"))
        try:
            sweep = await api.get("sweeps/latest")
        except ApiMissing:
            sweep = None  # there was none yet
    view = status_view(_items(services), sweep, _items(groups), interval_s=interval_s)
    # What status_api has not had the time to hear is not missing.
    began = [b.started_at for b in view.beats if b.role == "status_api" and b.started_at and b.age_s < SILENT_S]
    if began:
        view = replace(view, listening_s=(datetime.now(UTC) - max(began)).total_seconds())
    return view, _items(health.get("findings"))


def _items(answer: Any) -> list[dict[str, Any]]:
    rows = answer.get("items") if isinstance(answer, dict) else answer
    return [row for row in rows or () if isinstance(row, dict)]


async def _reach(url: str) -> str | None:
    """Why the broker's AMQP port cannot be used; None where it can."""
    shown = without_credentials(url)
    try:
        connection = await aio_pika.connect(url, timeout=ANSWER_S, heartbeat=10)
    except (OSError, AMQPError, TimeoutError, ValueError) as error:
        return clean(f"{shown}: {type(error).__name__} {error}", 300)
    await close_quietly(connection)
    return None
