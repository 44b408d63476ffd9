"""What runs on this machine because of `up` or `demo`: its API, its private broker, its limits.

So that `printsweep doctor` in a second terminal needs no address. Explicit settings always come first.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.local.broker.files import ADMIN_USER
from cli.local.home import RunFolder, home
from cli.local.supervise.control import Control
from shared.broker.link import amqp_url
from shared.settings import PREDECESSORS

_LIMITS = ("PRINTSWEEP_SITES", *(name for name in PREDECESSORS if not name.startswith("ANOMALY_")))


@dataclass(frozen=True, slots=True)
class Here:
    """One set of processes. The addresses of the broker hold the administrator's login; None where it is not ours."""

    name: str
    api: str | None
    amqp: str | None = field(repr=False)
    management: str | None = field(repr=False)
    limits: dict[str, str]  # environment names → values that its services were given


def here() -> Here | None:
    """What `up` runs, else the latest demo that runs, else None."""
    demos = sorted(home().glob("demo-*"), reverse=True)
    for folder in (RunFolder(home() / "run"), *map(RunFolder, demos)):
        if folder.configuration.exists() and Control(folder).pid() is not None:
            return _read(folder)
    return None


def _read(folder: RunFolder) -> Here:
    ready = (_json(path) for path in sorted(folder.ready.glob("status_api*.json")))
    api = next((str(found["url"]) for found in ready if found.get("url")), None)
    node = _json(folder.broker / "node.json")
    password = _text(folder.broker / "password")
    ours = bool(node.get("amqp_url") and password)
    environment = (_json(folder.programs).get("status_api") or {}).get("environment") or {}
    return Here(
        "`printsweep up`" if folder.folder.name == "run" else "`printsweep demo`",
        api,
        amqp_url(node["amqp_url"], ADMIN_USER, password) if ours else None,
        amqp_url(node["management_url"], ADMIN_USER, password) if ours else None,
        {name: str(environment[name]) for name in _LIMITS if name in environment},
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
