"""`printsweep sweep`: the rounds."""

import asyncio
import time
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.operator import show
from cli.operator.client import Api, run
from cli.operator.errors import ApiMissing
from cli.operator.options import ApiOption, Cursor, Json, Limit, Site, Timeout, Wait
from cli.operator.show import Column, Row
from cli.operator.where import where

app = typer.Typer(no_args_is_help=True, help="Sweeps: open one now, show one, list them.")

LOOK_S = 0.5
COUNTS = ("planned", "requested", "in_progress", "done", "failed", "refused", "expired", "dead", "late", "waiting")
LIST = (
    Column("sweep", "id", limit=36, whole=True),
    Column("slot", show.instant("slot")),
    Column("reason", "reason"),
    Column("state", "state"),
    *(
        Column(name, name, right=True)
        for name in ("planned", "done", "failed", "refused", "expired", "dead", "waiting")
    ),
    Column("seconds", "seconds", right=True),
)


def _failed(sweep: Row) -> bool:
    return any(sweep.get(name) for name in ("failed", "refused", "expired", "dead"))


@app.command()
def now(
    site: Site = None,
    force: Annotated[bool, typer.Option("--force", help="Printers that are backed off come along.")] = False,
    wait: Wait = False,
    timeout: Timeout = 3600.0,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Open a sweep now. With --wait: progress, and exit status 1 where a poll of it is not DONE."""
    ordered, sweep = run(_now(api, {"site": site, "force": force}, timeout if wait else None, quiet=as_json))
    if as_json:
        show.document(ordered if sweep is None else ordered | {"sweep": sweep})
    elif sweep is None:
        show.say(
            f"Sweep {ordered['sweep_id']}: {ordered['planned']:,} polls planned, "
            f"{ordered['backed_off']:,} printers backed off. "
            f"`printsweep sweep show {ordered['sweep_id']}` shows how it goes."
        )
    else:
        _print(sweep)
    if wait and (sweep is None or sweep.get("state") != "closed" or _failed(sweep)):
        raise typer.Exit(1)


async def _now(
    api: str | None, order: dict[str, Any], timeout_s: float | None, *, quiet: bool
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    async with Api(where(api), timeout_s=60) as client:
        ordered: dict[str, Any] = await client.post("sweeps", order)
        if timeout_s is None:
            return ordered, None
        return ordered, await follow(client, ordered["sweep_id"], int(ordered["planned"]), timeout_s, quiet=quiet)


async def follow(client: Api, sweep_id: str, planned: int, timeout_s: float, *, quiet: bool) -> dict[str, Any] | None:
    """Watch a sweep until it is closed, with a bar on standard error where that is a terminal."""
    deadline = time.monotonic() + timeout_s
    terminal = show.console(errors=True)
    sweep: dict[str, Any] | None = None
    bar = Progress(
        TextColumn("sweep"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        console=terminal,
        disable=quiet or not terminal.is_terminal,
    )
    with bar:
        task = bar.add_task("sweep", total=planned or None, counts="")
        while True:
            try:
                sweep = await client.get(f"sweeps/{sweep_id}")
            except ApiMissing:
                sweep = None  # ordered, but sweep.opened has not reached status_api yet
            if sweep is not None:
                ended = sum(int(sweep.get(n) or 0) for n in ("done", "failed", "refused", "expired", "dead"))
                counts = "  ".join(f"{n} {sweep[n]:,}" for n in COUNTS[2:] if sweep.get(n))
                bar.update(task, completed=ended, total=sweep.get("planned") or planned, counts=counts)
            if (sweep or {}).get("state") == "closed" or time.monotonic() >= deadline:
                return sweep
            await asyncio.sleep(LOOK_S)


@app.command("show")
def show_(
    sweep_id: Annotated[str, typer.Argument(help="As `sweep list` shows it; by default the latest.")] = "latest",
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Show a sweep with all its counts."""
    sweep = run(_get(api, f"sweeps/{quote(sweep_id, safe='')}"))
    if as_json:
        show.document(sweep)
    else:
        _print(sweep)


async def _get(api: str | None, path: str) -> Any:
    async with Api(where(api)) as client:
        return await client.get(path)


def _print(sweep: Row) -> None:
    show.facts(
        [
            ("sweep", sweep.get("id")),
            ("state", sweep.get("state")),
            ("slot", show.when(sweep.get("slot"))),
            ("reason", " ".join(str(sweep.get(k) or "") for k in ("reason", "requested_by")).strip()),
            ("opened", show.when(sweep.get("opened_at"))),
            ("closed", show.when(sweep.get("closed_at"))),
            ("seconds", sweep.get("seconds")),
            *((name.replace("_", " "), sweep.get(name)) for name in (*COUNTS, "backed_off")),
            ("refused because", sweep.get("refused_reasons") or None),
        ]
    )


@app.command("list")
def list_(limit: Limit = 20, cursor: Cursor = None, as_json: Json = False, api: ApiOption = None) -> None:
    """List sweeps, the latest first."""
    answer = run(_list(api, cursor, limit))
    if as_json:
        return show.document(answer)
    show.table(answer["items"], LIST, empty="There was no sweep yet. `printsweep sweep now` opens one.")
    show.more(answer, len(answer["items"]))
    return None


async def _list(api: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    async with Api(where(api)) as client:
        return await client.list("sweeps", {"cursor": cursor}, limit)
