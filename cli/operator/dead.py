"""`printsweep dead`: the dead letters."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.operator import show
from cli.operator.client import Api, run
from cli.operator.errors import UsageError
from cli.operator.options import ApiOption, Cursor, Json, Limit
from cli.operator.printers import confirm
from cli.operator.show import Column
from cli.operator.where import where

app = typer.Typer(no_args_is_help=True, help="Dead letters: list, groups, show, replay.")

Queue = Annotated[str | None, typer.Option("--queue", help="In this queue: dead.poll, dead.record, dead.glpi.")]
Kind = Annotated[str | None, typer.Option("--kind", help="Of this kind: poll.request, …")]
LIST = (
    Column("id", "id", limit=64, whole=True),
    Column("queue", "queue"),
    Column("kind", "kind"),
    Column("origin", "origin", limit=30),
    Column("reason", "reason"),
    Column("error", "error_type", limit=30),
    Column("message", "error_message", limit=70),
    Column("attempt", "attempt", right=True),
    Column("died", show.instant("died_at")),
    Column("state", "state"),
)
GROUPS = (
    Column("count", "count", right=True),
    Column("queue", "queue"),
    Column("kind", "kind"),
    Column("reason", "reason"),
    Column("error", "error_type", limit=40),
    Column("oldest", show.instant("oldest")),
    Column("newest", show.instant("newest")),
)


@app.command("list")
def list_(
    queue: Queue = None,
    kind: Kind = None,
    error: Annotated[str | None, typer.Option("--error", help="With this type of error.")] = None,
    printer: Annotated[int | None, typer.Option("--printer", help="About this printer.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """List dead letters, the latest first."""
    query = {"queue": queue, "kind": kind, "error": error, "printer_id": printer, "cursor": cursor}
    answer = run(_list(api, query, limit))
    if as_json:
        return show.document(answer)
    show.table(answer["items"], LIST, empty="There are no such dead letters.")
    show.more(answer, len(answer["items"]))
    return None


async def _list(api: str | None, query: dict[str, Any], limit: int) -> dict[str, Any]:
    async with Api(where(api)) as client:
        return await client.list("dead", query, limit)


async def _get(api: str | None, path: str) -> Any:
    async with Api(where(api)) as client:
        return await client.get(path)


@app.command()
def groups(as_json: Json = False, api: ApiOption = None) -> None:
    """Count dead letters by queue, kind, reason and error."""
    answer = run(_get(api, "dead/groups"))
    rows = answer["items"] if isinstance(answer, dict) else answer
    if as_json:
        show.document(rows)
    else:
        show.table(rows, GROUPS, empty="There are no dead letters.")


@app.command("show")
def show_(
    letter_id: Annotated[str, typer.Argument(help="As `dead list` shows it.")],
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Show one dead letter: its story, its headers and its body."""
    letter = run(_get(api, f"dead/{quote(letter_id, safe='')}"))
    if as_json:
        return show.document(letter)
    show.facts((name.replace("_", " "), value) for name, value in letter.items() if name not in ("body", "headers"))
    show.say("")
    show.facts((str(k), v) for k, v in (letter.get("headers") or {}).items())
    show.say("")
    show.say(letter.get("body") or "(no body)")
    return None


@app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Option("--id", help="This one; may be repeated.")] = None,
    queue: Queue = None,
    reason: Annotated[str | None, typer.Option("--reason", help="With this reason: parked, expired, …")] = None,
    kind: Kind = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="So many at most.")] = 1000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which; send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Send dead letters back to where they came from. Exit status 1 where one was skipped, or none matched."""
    chosen = {k: v for k, v in {"queue": queue, "reason": reason, "kind": kind}.items() if v}
    if bool(ids) == bool(chosen) or (chosen and not queue):
        raise UsageError("Name letters with --id, or choose them with --queue, and then --reason and --kind.")
    body: dict[str, Any] = {"ids": ids} if ids else chosen | {"limit": limit}
    if chosen and not dry_run and not yes:
        matched = run(_replay(api, body | {"dry_run": True})).get("matched", 0)
        if matched:
            confirm(f"Replay {min(matched, limit):,} dead letters?", yes)
    answer = run(_replay(api, body | {"dry_run": dry_run}))
    skipped = answer.get("skipped") or []
    if as_json:
        show.document(answer)
    else:
        done = f"{answer.get('replayed') or 0:,} replayed"
        show.say(f"{answer.get('matched') or 0:,} match; {'nothing was sent (--dry-run)' if dry_run else done}.")
        if skipped:
            show.table(
                skipped, (Column("id", "id", limit=64, whole=True), Column("why not", "why", limit=200)), empty=""
            )
    raise typer.Exit(1 if skipped or not answer.get("matched") else 0)


async def _replay(api: str | None, body: dict[str, Any]) -> Any:
    async with Api(where(api), timeout_s=300) as client:
        return await client.post("dead/replay", body)
