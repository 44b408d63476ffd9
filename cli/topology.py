"""`printsweep topology plan|apply`: what the broker must hold, and making it so.

The broker comes from the settings (PRINTSWEEP_AMQP_URL names the virtual host, PRINTSWEEP_MANAGEMENT_URL, _USER and
_PASSWORD or _PASSWORD_FILE the administrator's access), else it is the private one that `up` or `demo` runs here.
The services' own users are made where PRINTSWEEP_LOCAL_PASSWORDS_DIR (or --passwords) names a folder with one file
per role that holds its password: scheduler, collector, glpi_sync, status_api. Roles without a file are left alone.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from cli.operator import show
from cli.operator.broker import Broker, broker
from cli.operator.errors import OperatorError, UsageError
from cli.operator.options import Json
from cli.operator.show import Column
from shared.errors import BrokerUnavailable
from shared.management import Management, ManagementMissing
from shared.topology import plan as topology_plan
from shared.topology.plan import Action, Step
from shared.topology.rights import RIGHTS

PASSWORDS_DIR = "PRINTSWEEP_LOCAL_PASSWORDS_DIR"
_LOOK_S = 0.5
_LONGEST_PASSWORD = 1024

app = typer.Typer(no_args_is_help=True, help="The broker's queues, exchanges, policies and users: plan, apply.")
Wait = Annotated[float, typer.Option("--wait", min=0, max=3600, help="Wait so many seconds for the broker.")]
Passwords = Annotated[
    Path | None,
    typer.Option("--passwords", help=f"Folder with one password file per role ({PASSWORDS_DIR})."),
]
All = Annotated[bool, typer.Option("--all", help="Also show what stays as it is.")]

COLUMNS = (
    Column("what", "what"),
    Column("name", "name", limit=60),
    Column("action", "action"),
    Column("", "detail", limit=200),
)


class TopologyConflict(OperatorError):
    """Objects of the broker are in the way."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    steps: list[Step]

    @property
    def conflicts(self) -> list[Step]:
        return [s for s in self.steps if s.action is Action.CONFLICT]

    @property
    def changes(self) -> list[Step]:
        return [s for s in self.steps if s.action is not Action.KEEP]


@app.command()
def plan(everything: All = False, wait: Wait = 0.0, passwords: Passwords = None, as_json: Json = False) -> None:
    """Show what `apply` would change. Exit status 1 where something stands in the way."""
    _report(asyncio.run(_plan(_target(passwords), wait, apply=False)), everything, as_json, done=False)


@app.command()
def apply(everything: All = False, wait: Wait = 60.0, passwords: Passwords = None, as_json: Json = False) -> None:
    """Make the broker what the table says, policies first. Safe to repeat. Exit status 1 on conflicts."""
    _report(asyncio.run(_plan(_target(passwords), wait, apply=True)), everything, as_json, done=True)


def _target(passwords: Path | None) -> Broker:
    target = broker()
    folder = passwords or target.passwords_dir
    return replace(target, options=replace(target.options, passwords=read_passwords(folder) if folder else {}))


def read_passwords(folder: Path) -> dict[str, str]:
    """Role → password, from the files in `folder` that are named after roles. Raises UsageError."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: {PASSWORDS_DIR} names one with a password file per role.")
    found = {}
    for rights in RIGHTS:
        path = folder / rights.role
        if not path.exists():
            continue
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read ({type(error).__name__}).") from error
        if not text or len(text) > _LONGEST_PASSWORD or len(text.splitlines()) > 1:
            raise UsageError(f"{path} must hold one line: the password of {rights.user}.")
        found[rights.role] = text
    if not found:
        raise UsageError(f"{folder} holds no file named after a role: {', '.join(r.role for r in RIGHTS)}.")
    return found


async def _plan(target: Broker, wait_s: float, *, apply: bool) -> _Outcome:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            async with Management(target.management, target.vhost) as api:
                return _Outcome(await _steps(api, target, apply=apply))
        except BrokerUnavailable:
            if time.monotonic() >= deadline:
                raise
            await asyncio.sleep(_LOOK_S)


async def _steps(api: Management, target: Broker, *, apply: bool) -> list[Step]:
    try:
        await api.get("vhosts/{vhost}")
    except ManagementMissing:
        raise OperatorError(
            f"The broker has no virtual host {target.vhost!r}. Make it (`rabbitmqctl add_vhost {target.vhost}`) and "
            "give the administrator's user permissions on it, or name another in PRINTSWEEP_AMQP_URL."
        ) from None
    return await (topology_plan.apply if apply else topology_plan.plan)(api, target.options)


def _report(outcome: _Outcome, everything: bool, as_json: bool, *, done: bool) -> None:
    listed = outcome.steps if everything else outcome.changes
    rows = [{"what": s.what, "name": s.name, "action": s.action.value, "detail": s.detail} for s in listed]
    if as_json:
        show.document(
            {
                "applied": done,
                "steps": rows,
                "kept": _count(outcome.steps, Action.KEEP),
                "conflicts": len(outcome.conflicts),
            }
        )
    else:
        show.table(rows, COLUMNS, empty="The broker holds all that it must: nothing to change.")
        counts = ", ".join(f"{n} {_WORDS[done][a]}" for a in Action if (n := _count(outcome.steps, a)))
        show.say(f"{len(outcome.steps)} objects: {counts}.")
    if outcome.conflicts:
        raise TopologyConflict(
            f"{len(outcome.conflicts)} objects cannot be changed while they exist "
            f"({', '.join(f'{s.what} {s.name}' for s in outcome.conflicts[:5])}). "
            "Stop the services that use them, move their messages, delete them, then run `printsweep topology apply`."
        )


_WORDS = {
    False: {
        Action.KEEP: "stay",
        Action.CREATE: "to create",
        Action.CHANGE: "to change",
        Action.DELETE: "to delete",
        Action.CONFLICT: "in conflict",
    },
    True: {
        Action.KEEP: "kept",
        Action.CREATE: "created",
        Action.CHANGE: "changed",
        Action.DELETE: "deleted",
        Action.CONFLICT: "in conflict",
    },
}


def _count(steps: Sequence[Step], action: Action) -> int:
    return sum(s.action is action for s in steps)
