"""Whether the programs are ready, and what the ones that are not say."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from cli.local.errors import LocalError
from cli.local.home import RunFolder
from cli.local.supervise.config import EXIT_MISCONFIGURED
from cli.local.supervise.control import Control, ProcessState
from cli.local.supervise.launch import QUICK_S
from cli.local.supervise.program import Readiness
from cli.local.tails import last_lines

_LOOK_S = 0.1
_ANSWER_S = 3.0
_OTHERS_S = 8.0
_QUICK_ENDS = 3  # so many in a row: it will not become ready by waiting
_TAIL = 12


class NotReadyError(LocalError):
    """Programs did not become ready; the message has the last lines of their logs."""


@dataclass(frozen=True)
class Condition:
    """One program as it is now. `detail` says why it is not ready; `starts` counts the starts since `up`."""

    name: str
    kind: str
    group: str
    state: str
    ready: bool
    detail: str
    pid: int
    up_since: float | None
    starts: int
    quick_ends: int
    address: str | None
    log_file: str

    @property
    def is_hopeless(self) -> bool:
        """Whether waiting will not help: misconfigured, or it ends again and again."""
        return self.state == "misconfigured" or self.quick_ends >= _QUICK_ENDS


def _read(path: Any) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _word(state: ProcessState) -> str:
    if state.state == "EXITED" and state.exit_status == EXIT_MISCONFIGURED:
        return "misconfigured"
    return state.state.lower()


def _starting(starts: dict[str, Any]) -> str:
    quick = starts.get("quick", 0)
    return f"ended soon after its start {quick} time(s) in a row; starts again" if quick else "starting"


async def _health(session: aiohttp.ClientSession, address: str) -> tuple[bool, str]:
    try:
        async with session.get(f"{address}/readyz", timeout=aiohttp.ClientTimeout(total=_ANSWER_S)) as answer:
            if answer.status == 200:
                return True, ""
            body = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return False, f"{address}/readyz does not answer ({type(error).__name__})"
    conditions = body.get("conditions", []) if isinstance(body, dict) else []
    return False, "; ".join(f"{c.get('name')}: {c.get('detail')}" for c in conditions if not c.get("ok")) or "not ready"


async def _condition(
    session: aiohttp.ClientSession, folder: RunFolder, state: ProcessState, program: dict[str, Any]
) -> Condition:
    info = _read(folder.ready / f"{state.name}.json")
    starts = _read(folder.starts / f"{state.name}.json")
    running = state.state == "RUNNING"
    ready, detail, address = running, "" if running else f"exit status {state.exit_status}", None
    if running and starts.get("quick") and time.time() < starts["begun"] + QUICK_S:
        ready, detail = False, _starting(starts)
    if running and program["readiness"] != Readiness.RUNNING:
        ready, detail = info.get("pid") == state.pid, "" if info.get("pid") == state.pid else _starting(starts)
        if ready and program["readiness"] == Readiness.HEALTH:
            address = f"http://127.0.0.1:{info['health_port']}"
            ready, detail = await _health(session, address)
    return Condition(
        name=state.name,
        kind=program["kind"],
        group=state.group,
        state=_word(state),
        ready=ready,
        detail=detail,
        pid=state.pid,
        up_since=float(state.started_at) if running else None,
        starts=int(starts.get("starts", 0)),
        quick_ends=int(starts.get("quick", 0)),
        address=address,
        log_file=state.log_file,
    )


async def conditions(control: Control, folder: RunFolder) -> list[Condition]:
    """All programs as they are now, in the order of the table."""
    programs = _read(folder.programs)
    states = {state.name: state for state in await asyncio.to_thread(control.states)}
    async with aiohttp.ClientSession() as session:
        known = [(states[name], program) for name, program in programs.items() if name in states]
        return list(await asyncio.gather(*(_condition(session, folder, s, p) for s, p in known)))


def report(unready: Sequence[Condition], folder: RunFolder) -> str:
    """Sentences and log lines about programs that are not ready."""
    parts = []
    for one in unready:
        log = folder.logs / f"{one.name}.log"
        why = f" ({one.detail})" if one.detail else ""
        parts.append(f"{one.name} is not ready: {one.state}{why}. The last lines of {log}:\n{last_lines(log, _TAIL)}")
    return "\n".join(parts)


async def wait_until_ready(
    control: Control,
    folder: RunFolder,
    timeout: float,
    is_wanted: Callable[[Condition], bool] = lambda _: True,
) -> list[Condition]:
    """Wait for the wanted programs. Raises NotReadyError in time, or earlier where waiting cannot help."""
    deadline = time.monotonic() + timeout
    while True:
        now = await conditions(control, folder)
        missing = [c for c in now if is_wanted(c) and not c.ready]
        if not missing:
            return now
        hopeless = [c for c in missing if c.is_hopeless]
        if len(hopeless) == len(missing) or time.monotonic() > deadline:
            raise NotReadyError(report(hopeless or missing, folder))
        if hopeless:
            # What else is wrong is to be told in the same breath.
            deadline = min(deadline, time.monotonic() + _OTHERS_S)
        await asyncio.sleep(_LOOK_S)
