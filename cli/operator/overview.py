"""`printsweep queues`, `services` and `health`: what is waiting, what runs, what is wrong."""

from collections.abc import Sequence
from typing import Any

import typer

from cli.operator import show
from cli.operator.client import Api, run
from cli.operator.options import ApiOption, Json
from cli.operator.show import Column, Row
from cli.operator.where import where

QUEUES = (
    Column("queue", "name"),
    Column("state", "state"),
    Column("ready", "ready", right=True),
    Column("unacked", "unacked", right=True),
    Column("limit", "limit", right=True),
    Column("consumers", "consumers", right=True),
    Column("consumed by", "consumer_role"),
    Column("in/s", "publish_rate", right=True),
    Column("acks/s", "ack_rate", right=True),
    Column("oldest", show.duration("oldest_age_s"), right=True),
    Column("drained in", show.duration("drain_s"), right=True),
    Column("policy", "policy"),
)
SERVICES = (
    Column("role", "role"),
    Column("instance", "instance", limit=40),
    Column("state", lambda r: "missing" if r.get("missing") else r.get("state")),
    Column("version", "version"),
    Column("host", "host", limit=30),
    Column("pid", lambda r: str(r["pid"]) if r.get("pid") else "", right=True),
    Column("started", show.instant("started_at")),
    Column("last beat", show.duration("age_s"), right=True),
    Column("in flight", "in_flight", right=True),
    Column("done", "done", right=True),
    Column("failed", "failed", right=True),
    Column("last progress", show.instant("last_progress_at")),
)


def queues(as_json: Json = False, api: ApiOption = None) -> None:
    """The broker's queues: depth, limit, consumers, rates, time to drain."""
    _items(api, "queues", QUEUES, as_json, "The broker shows no queue. `printsweep topology apply` makes them.")


def services(as_json: Json = False, api: ApiOption = None) -> None:
    """The services by their beats. Exit status 1 where one is missing."""
    rows = _items(api, "services", SERVICES, as_json, "No service has beaten yet.")
    raise typer.Exit(1 if any(row.get("missing") for row in rows) else 0)


def health(as_json: Json = False, api: ApiOption = None) -> None:
    """What status_api finds wrong, with evidence and remedy. Exit status 1 where there are findings."""
    answer = run(_get(api, "health"))
    if as_json:
        show.document(answer)
    else:
        print_findings(answer.get("findings") or [])
        show.say(f"Checked {show.when(answer.get('checked_at'))}.")
    raise typer.Exit(1 if answer.get("findings") else 0)


def print_findings(findings: Sequence[Row]) -> None:
    """Each finding: what is wrong, how we know, what to do."""
    if not findings:
        show.say("Nothing is wrong.")
    for finding in findings:
        show.facts(
            [
                (show.plain(finding.get("severity"), 10), finding.get("title")),
                ("", f"how we know: {show.plain(finding.get('evidence'), 900)}" if finding.get("evidence") else None),
                ("", f"what to do: {show.plain(finding.get('remedy'), 900)}" if finding.get("remedy") else None),
            ]
        )


def _items(api: str | None, path: str, columns: Sequence[Column], as_json: bool, empty: str) -> list[dict[str, Any]]:
    answer = run(_get(api, path))
    rows: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer
    if as_json:
        show.document(rows)
    else:
        show.table(rows, columns, empty=empty)
    return rows


async def _get(api: str | None, path: str) -> Any:
    async with Api(where(api)) as client:
        return await client.get(path)
