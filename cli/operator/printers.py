"""`printsweep printers`: the inventory and what was read."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.operator import show
from cli.operator.client import Api, run
from cli.operator.errors import UsageError
from cli.operator.options import ApiOption, Cursor, Json, Limit, Site
from cli.operator.show import Column, Row
from cli.operator.where import where

app = typer.Typer(no_args_is_help=True, help="The printers: list, show, import, export, enable, disable, remove.")

MAX_CSV = 8_000_000
FIELDS = ("address", "port", "name", "site", "profile", "tags", "interval_minutes", "enabled")
Ids = Annotated[list[int], typer.Argument(min=1, help="Printer ids, as `printers list` shows them.")]

LIST = (
    Column("id", "id", right=True),
    Column("address", lambda r: _address(r)),
    Column("name", "name", limit=30),
    Column("site", "site"),
    Column("model", "model", limit=36),
    Column("serial", "serial", limit=24),
    Column("total", "total", right=True),
    Column("lowest", show.percent("lowest_percent"), right=True),
    Column("state", lambda r: r.get("poll_state") or ("disabled" if r.get("enabled") is False else "")),
    Column("read", show.instant("read_at")),
    Column("GLPI", "glpi_verdict"),
)
SUPPLIES = (
    Column("supply", "description", limit=40),
    Column("type", "type"),
    Column("color", "color"),
    Column("level", "level", right=True),
    Column("of", "max", right=True),
    Column("left", show.percent("percent"), right=True),
    Column("state", "state"),
)
LINES = (Column("line", "line", right=True), Column("reason", "reason", limit=200))
POLLS = (
    Column("poll", "poll_id", limit=36, whole=True),
    Column("state", "state"),
    Column("requested", show.instant("requested_at")),
    Column("seconds", "seconds", right=True),
    Column("error", lambda r: error_text(r.get("error")), limit=80),
)


def _address(row: Row) -> str:
    return str(row.get("address")) if row.get("port") in (161, None) else f"{row.get('address')}:{row.get('port')}"


def error_text(error: object) -> object:
    """A poll's error: {"code", "text"} or text."""
    return f"{error.get('text') or error.get('code')}" if isinstance(error, dict) else error


@app.command("list")
def list_(
    site: Site = None,
    state: Annotated[str | None, typer.Option("--state", help="Of the last poll: DONE, FAILED, …")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="With this tag.")] = None,
    q: Annotated[str | None, typer.Option("--q", help="Part of a name, address, serial or model.")] = None,
    verdict: Annotated[str | None, typer.Option("--verdict", help="Of GLPI: NOT_FOUND, …")] = None,
    low: Annotated[bool, typer.Option("--low", help="With a supply that runs low.")] = False,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="With a reading held back.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """List printers with what was read last."""
    query: dict[str, Any] = {"site": site, "state": state, "tag": tag, "q": q, "verdict": verdict, "cursor": cursor}
    query |= {"low": low or None, "quarantined": quarantined or None, "state": state.upper() if state else None}
    answer = run(_list(api, query, limit))
    if as_json:
        return show.document(answer)
    show.table(answer["items"], LIST, empty="No printer matches. `printsweep printers import FILE` brings some.")
    show.more(answer, len(answer["items"]))
    return None


async def _list(api: str | None, query: dict[str, Any], limit: int) -> dict[str, Any]:
    async with Api(where(api)) as client:
        return await client.list("printers", query, limit)


@app.command("show")
def show_(
    printer_id: Annotated[int, typer.Argument(help="As `printers list` shows it.")],
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Show one printer: identity, counters, supplies, alerts, recent polls."""
    found = run(_get(api, f"printers/{printer_id}"))
    if as_json:
        return show.document(found)
    show.facts(
        [
            ("printer", f"{found.get('id')}  {found.get('name') or ''}"),
            ("address", _address(found)),
            ("site, profile", f"{found.get('site')}, {found.get('profile')}"),
            ("tags", found.get("tags") or None),
            ("enabled", found.get("enabled")),
            *((name, found.get(name)) for name in ("manufacturer", "model", "serial", "firmware", "mac", "location")),
            ("last poll", f"{found.get('poll_state') or 'never'}  {show.when(found.get('last_poll_at'))}"),
            ("error", error_text(found.get("poll_error"))),
            ("read", show.when(found.get("read_at"))),
            ("complete", found.get("complete")),
            ("held back", "a reading is in quarantine" if found.get("quarantined") else None),
            ("total", found.get("total")),
            ("counters", found.get("counters") or None),
            ("status", found.get("status") or None),
            ("GLPI", f"{found.get('glpi_verdict') or 'not checked'}  {show.when(found.get('glpi_checked_at'))}"),
        ]
    )
    if supplies := found.get("supplies"):
        show.say("")
        show.table(supplies, SUPPLIES, empty="")
    if polls := found.get("polls") or found.get("recent_polls"):
        show.say("")
        show.table(polls[:10], POLLS, empty="")
    return None


async def _get(api: str | None, path: str) -> Any:
    async with Api(where(api)) as client:
        return await client.get(path)


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV with a header: address[,port,name,site,profile,tags,…]; - is stdin.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")] = False,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Import printers from CSV. Good lines are kept, bad ones named; exit status 1 where there were bad ones."""
    report = run(_import(api, _read(file), dry_run))
    if as_json:
        show.document(report)
    else:
        show.say(
            f"{report['added']:,} added, {report['updated']:,} updated, {report['unchanged']:,} unchanged, "
            f"{report['error_count']:,} lines refused.{' (--dry-run: nothing was changed.)' if dry_run else ''}"
        )
        errors = report.get("errors") or []
        if errors:
            show.table(errors, LINES, empty="")
        if report["error_count"] > len(errors):
            show.say(f"… and {report['error_count'] - len(errors):,} more.")
    raise typer.Exit(1 if report["error_count"] else 0)


def _read(file: Path) -> bytes:
    try:
        data = sys.stdin.buffer.read(MAX_CSV + 1) if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_CSV:
        raise UsageError(f"{file} is larger than {MAX_CSV // 1_000_000} MB: import it in parts.")
    return data


async def _import(api: str | None, data: bytes, dry_run: bool) -> Any:
    async with Api(where(api), timeout_s=120) as client:
        return await client.post("inventory/import", data, {"dry_run": dry_run or None})


@app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; by default standard output.")] = None,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Write the inventory as CSV that `printers import` reads."""
    answer = run(_list(api, {}, 1_000_000))
    if as_json:
        return show.document(answer["items"])
    try:
        stream = file.open("w", encoding="utf-8", newline="") if file else sys.stdout
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)
    for item in answer["items"]:
        writer.writerow([cell(item.get(name)) for name in FIELDS])
    if file:
        stream.close()
        show.say(f"{len(answer['items']):,} printers written to {file}.")
    return None


def cell(value: object) -> str:
    """A value as a cell of CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = ";".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    # A spreadsheet would run a cell that begins like a formula.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _change(action: str, done: str, ids: list[int], as_json: bool, api: str | None) -> None:
    answer = run(_post(api, f"inventory/{action}", {"printer_ids": ids}))
    changed = answer.get("changed", 0)
    if as_json:
        show.document(answer)
    else:
        show.say(f"{changed:,} of {len(ids):,} printers {done}.")


async def _post(api: str | None, path: str, body: Any) -> Any:
    async with Api(where(api)) as client:
        return await client.post(path, body)


@app.command()
def enable(ids: Ids, as_json: Json = False, api: ApiOption = None) -> None:
    """Poll these printers again."""
    _change("enable", "enabled", ids, as_json, api)


@app.command()
def disable(ids: Ids, as_json: Json = False, api: ApiOption = None) -> None:
    """Keep these printers, but do not poll them."""
    _change("disable", "disabled", ids, as_json, api)


@app.command()
def remove(
    ids: Ids,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Take these printers out of the inventory."""
    confirm(f"Remove {len(ids):,} printers from the inventory?", yes)
    _change("remove", "removed", ids, as_json, api)


def confirm(question: str, yes: bool) -> None:
    """Ask at a terminal; elsewhere --yes is needed. Raises UsageError, or ends with status 1."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to ask at: repeat it with --yes.")
    typer.confirm(question, abort=True)
