"""`printsweep glpi`: what GLPI knows of our printers."""

import asyncio
import time
from typing import Annotated, Any

import typer

from cli.operator import show
from cli.operator.client import Api, run
from cli.operator.errors import ApiMissing
from cli.operator.options import ApiOption, Cursor, Json, Limit, Timeout, Wait
from cli.operator.show import Column, Row
from cli.operator.where import where

app = typer.Typer(no_args_is_help=True, help="GLPI: reconcile, verdicts, summary.")

LOOK_S = 0.5
VERDICTS = (
    Column("printer", "printer_id", right=True),
    Column("address", "address"),
    Column("name", "name", limit=30),
    Column("serial", "serial", limit=30),
    Column("verdict", "verdict"),
    Column("in GLPI", lambda r: _matches(r), limit=70),
    Column("reason", "reason", limit=70),
    Column("checked", show.instant("checked_at")),
)


def _matches(row: Row) -> str:
    return "; ".join(f"{m.get('id')} {m.get('entity') or ''}".strip() for m in row.get("matches") or ())


@app.command()
def reconcile(
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="So many printers at most.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also those that were just checked.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report; record no verdict.")] = False,
    wait: Wait = False,
    timeout: Timeout = 900.0,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Match all serial numbers with GLPI. With --wait: exit status 1 where the pass failed."""
    order = {"limit": limit, "force": force, "dry_run": dry_run}
    ordered, found = run(_reconcile(api, order, timeout if wait else None))
    if as_json:
        show.document(ordered if found is None else ordered | {"pass": found})
    elif found is None:
        show.say(f"Pass {ordered['pass_id']} is ordered. `printsweep glpi verdicts` shows what it finds.")
    else:
        _print_pass(found)
    if wait and (found or {}).get("state") != "done":
        raise typer.Exit(1)


async def _reconcile(
    api: str | None, order: dict[str, Any], timeout_s: float | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    async with Api(where(api), timeout_s=60) as client:
        ordered: dict[str, Any] = await client.post("glpi/reconcile", order)
        if timeout_s is None:
            return ordered, None
        deadline = time.monotonic() + timeout_s
        found: dict[str, Any] | None = None
        while True:
            try:
                found = await client.get(f"glpi/passes/{ordered['pass_id']}")
            except ApiMissing:
                found = None  # ordered, but not begun
            if (found or {}).get("state") in ("done", "failed") or time.monotonic() >= deadline:
                return ordered, found
            await asyncio.sleep(LOOK_S)


def _print_pass(found: Row) -> None:
    show.facts(
        [
            ("pass", found.get("id")),
            ("state", found.get("state")),
            ("dry run", found.get("dry_run") or None),
            ("started", show.when(found.get("started_at"))),
            ("finished", show.when(found.get("finished_at"))),
            ("printers in GLPI", found.get("glpi_printers")),
            *sorted((found.get("counts") or {}).items()),
            ("error", found.get("error")),
        ]
    )


@app.command()
def verdicts(
    verdict: Annotated[str | None, typer.Option("--verdict", help="FOUND_MULTIPLE, NOT_FOUND, …")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """List the verdicts with their evidence."""
    answer = run(_list(api, {"verdict": verdict.upper() if verdict else None, "cursor": cursor}, limit))
    if as_json:
        return show.document(answer)
    show.table(answer["items"], VERDICTS, empty="There is no such verdict. `printsweep glpi reconcile` starts a pass.")
    show.more(answer, len(answer["items"]))
    return None


async def _list(api: str | None, query: dict[str, Any], limit: int) -> dict[str, Any]:
    async with Api(where(api)) as client:
        return await client.list("glpi/verdicts", query, limit)


async def _get(api: str | None, path: str) -> Any:
    async with Api(where(api)) as client:
        return await client.get(path)


@app.command()
def summary(as_json: Json = False, api: ApiOption = None) -> None:
    """Count the verdicts, and show the latest pass."""
    answer = run(_get(api, "glpi/summary"))
    if as_json:
        return show.document(answer)
    show.facts(sorted((answer.get("counts") or {}).items()))
    latest = answer.get("latest") or answer.get("latest_pass")
    if isinstance(latest, dict):
        show.say("")
        _print_pass(latest)
    return None
