"""`printsweep poll`: poll printers now, in the urgent lane."""

import asyncio
import time
from typing import Annotated, Any

import typer

from cli.operator import show
from cli.operator.client import Api, run
from cli.operator.errors import UsageError
from cli.operator.options import ApiOption, Json, Site, Timeout, Wait
from cli.operator.printers import error_text
from cli.operator.show import Column
from cli.operator.where import where

STEP_S = 30  # of each long request while waiting; the API takes up to 60
MAX_IDS = 1000
_ENDED = frozenset({"DONE", "FAILED", "DEAD", "EXPIRED", "REFUSED"})
COLUMNS = (
    Column("printer", "printer_id", right=True),
    Column("poll", "poll_id", limit=36, whole=True),
    Column("state", "state"),
    Column("seconds", "seconds", right=True),
    Column("error", lambda r: error_text(r.get("error")), limit=100),
)


def poll(
    ids: Annotated[list[int] | None, typer.Argument(help="Printer ids, as `printers list` shows them.")] = None,
    site: Site = None,
    tag: Annotated[str | None, typer.Option("--tag", help="All with this tag.")] = None,
    q: Annotated[str | None, typer.Option("--q", help="All whose name, address, serial or model has this.")] = None,
    wait: Wait = False,
    timeout: Timeout = 120.0,
    as_json: Json = False,
    api: ApiOption = None,
) -> None:
    """Poll printers now. With --wait: exit status 0 only if every poll is DONE."""
    chosen = {k: v for k, v in {"site": site, "tag": tag, "q": q}.items() if v}
    if bool(ids) == bool(chosen):
        raise UsageError("Name printers by their ids, or choose them with --site, --tag or --q.")
    if ids and len(ids) > MAX_IDS:
        raise UsageError(f"At most {MAX_IDS:,} ids at once; for more use --site, --tag, or `printsweep sweep now`.")
    answer = run(_poll(api, {"printer_ids": ids} if ids else {"filter": chosen}, timeout if wait else 0.0))
    polls = answer.get("polls", [])
    if as_json:
        show.document(answer)
    else:
        show.table(polls, COLUMNS, empty="No printer matches.")
        if not wait and polls:
            show.say("Ordered. --wait waits for the results; `printsweep printers show ID` shows them later.")
    if wait and any(p.get("state") != "DONE" for p in polls):
        raise typer.Exit(1)


async def _poll(api: str | None, order: dict[str, Any], timeout_s: float) -> Any:
    deadline = time.monotonic() + timeout_s
    async with Api(where(api)) as client:
        first = min(STEP_S, timeout_s)
        answer = await client.post("polls", order, {"wait": round(first)} if first else None, wait_s=first)
        if timeout_s:
            limit = asyncio.Semaphore(8)
            answer["polls"] = await asyncio.gather(
                *(_until_ended(client, p, deadline, limit) for p in answer.get("polls", []))
            )
        return answer


async def _until_ended(client: Api, poll: Any, deadline: float, limit: asyncio.Semaphore) -> Any:
    if not poll.get("poll_id"):
        return poll  # an unknown or disabled printer: the answer says so, and there is nothing to wait for
    async with limit:
        # The answer to the order is short: one look brings error and seconds, and waits where it has not ended.
        while True:
            left = min(STEP_S, max(0.0, deadline - time.monotonic()))
            waits = 0 if poll.get("state") in _ENDED else round(left)
            poll = await client.get(f"polls/{poll['poll_id']}", {"wait": waits or None}, wait_s=waits)
            if poll.get("state") in _ENDED or time.monotonic() >= deadline:
                return poll
            await asyncio.sleep(0.2)  # an answer that came at once must not make this a busy loop
