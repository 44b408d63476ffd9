"""How the local side speaks: sentences on standard error, tables and JSON on standard output."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from cli.local.readiness import Condition


def say(text: str) -> None:
    """Tell what is being done, or what happened."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _age(since: float | None) -> str:
    if since is None:
        return ""
    seconds = max(0, int(time.time() - since))
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"


def as_json(found: Sequence[Condition]) -> str:
    """One JSON array, one object per program."""
    return json.dumps([asdict(one) for one in found])


def print_conditions(found: Sequence[Condition]) -> None:
    """One line per program."""
    table = Table(box=None, pad_edge=False)
    for heading in ("program", "state", "ready", "pid", "up for", "starts", ""):
        table.add_column(heading, justify="right" if heading in ("pid", "starts") else "left", overflow="fold")
    for one in found:
        ready = "[green]yes[/]" if one.ready else "[red]no[/]"
        pid = str(one.pid) if one.pid else ""
        table.add_row(one.name, one.state, ready, pid, _age(one.up_since), str(one.starts), one.detail)
    Console().print(table)
