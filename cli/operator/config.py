"""`printsweep config`: the settings in force, and where each comes from. Secrets are never shown."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from cli.local.home import ROOT
from cli.local.settings import given
from cli.operator import show
from cli.operator.errors import OperatorError, UsageError
from cli.operator.options import Json
from cli.operator.show import Column
from shared.broker.link import without_credentials
from shared.settings import PREDECESSORS, PREFIX, Settings, env_file
from shared.text import clean
from shared.words import ROLES

MASK = "********"
_ANSWER_S = 30
COLUMNS = (
    Column("setting", "name"),
    Column("value", "value", limit=80),
    Column("from", "source", limit=60),
    Column("meaning", "meaning", limit=70),
)


def config(
    role: Annotated[
        str | None, typer.Argument(help=f"Of one service: {', '.join(ROLES)}; by default those of all services.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the settings in force and where each comes from: the environment, a file, .env, or the default."""
    if role is not None and role not in ROLES:
        raise UsageError(f"There is no service {role!r}. There is: {', '.join(ROLES)}.")
    values = _base() if role is None else _of_role(role)
    rows = [_row(field, value) for field, value in sorted(values.items())]
    if as_json:
        show.document(rows)
    else:
        show.table(rows, COLUMNS, empty="")
        found = "is read" if env_file().is_file() else "is not there"
        show.say(f"The file of settings {env_file()} {found}.")


def _base() -> dict[str, Any]:
    return Settings.load().model_dump(mode="json")


def _of_role(role: str) -> dict[str, Any]:
    """The service's own account: only it knows its settings."""
    done = subprocess.run(
        [sys.executable, "-m", f"services.{role}", "--config"],
        capture_output=True,
        text=True,
        timeout=_ANSWER_S,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PRINTSWEEP_ENV_FILE": str(env_file().absolute())},
        check=False,
    )
    if done.returncode:
        raise OperatorError(clean(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no answer", 2000))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _row(field: str, value: object) -> dict[str, Any]:
    name = field.upper() if field.upper() in PREDECESSORS else f"{PREFIX}{field.upper()}"
    info = Settings.model_fields.get(field)
    return {
        "name": name,
        "value": _shown(value),
        "source": source_of(name),
        "meaning": (info.description if info else None) or "",
    }


def source_of(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Where the value of a setting comes from, in the order of precedence of `shared.settings`."""
    environment = os.environ if environment is None else environment
    if name in environment:
        return "environment"
    if path := given(f"{name}_FILE"):
        return f"file {path}"
    return str(env_file()) if given(name) is not None else "default"


def _shown(value: object) -> object:
    """`value` without secrets: pydantic masks its own, an address may hold a login."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # as one would write it: no separators
    if isinstance(value, str) and value and set(value) == {"*"}:
        return MASK
    if isinstance(value, str) and "://" in value and urlsplit(value).password:
        return without_credentials(value)
    if isinstance(value, list):
        return [_shown(v) for v in value]
    if isinstance(value, dict):
        return {k: _shown(v) for k, v in value.items()}
    return value
