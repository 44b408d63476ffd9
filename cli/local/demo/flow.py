"""What the demo does once everything runs: import, sweep, GLPI pass, verification."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from cli.local.demo.api import Caller, DemoCallError
from cli.local.demo.options import DemoOptions
from cli.local.demo.progress import view_for, words
from cli.local.demo.verify import Verification, verify_real, verify_simulated
from cli.local.errors import LocalError

_LOOK_S = 0.25
_FOLLOW_S = 2.0
_COMMAND_S = 30.0
_GLPI_TIMEOUT_S = 120.0
# The last readings and verdicts may still be on their way when sweep and pass are closed.
_SETTLE_S = 20.0


class DemoFailedError(LocalError):
    """The demo did not come to its end."""


@dataclass(frozen=True)
class Outcome:
    """What came out: the sweep's counts, the GLPI pass's counts, and what was verified."""

    sweep: Mapping[str, Any]
    seconds: float
    glpi: Mapping[str, int]
    verification: Verification

    @property
    def is_good(self) -> bool:
        """Whether every value is right."""
        return not self.verification.problems

    def document(self, api: str) -> dict[str, Any]:
        """The line of --json."""
        names = ("planned", "requested", "done", "failed", "refused", "expired", "dead", "late")
        return {
            **{name: int(self.sweep.get(name) or 0) for name in names},
            "seconds": round(self.seconds, 2),
            "verified": self.verification.verified,
            "glpi": dict(self.glpi),
            "api": api,
        }


class Flow:
    """One pass through the pipeline. `lab` holds the simulators' ready files."""

    def __init__(
        self,
        caller: Caller,
        api: str,
        options: DemoOptions,
        lab: Mapping[str, Any],
        console: Console,
        say: Callable[[str], None],
    ) -> None:
        self._caller, self._api, self._options, self._lab = caller, api, options, lab
        self._console, self._say = console, say

    async def run(self) -> Outcome:
        """Import, sweep, reconcile, verify. Raises DemoFailedError, DemoCallError."""
        await self._import()
        sweep, seconds = await self._sweep()
        glpi = await self._reconcile()
        return Outcome(sweep, seconds, glpi, await self._verify())

    async def _inventory(self) -> str:
        if self._options.real_printers is not None:
            return await asyncio.to_thread(self._options.real_printers.read_text, "utf-8-sig")
        return await self._caller.text(f"{self._lab['fleet']['control_url']}/inventory.csv")

    async def _import(self) -> None:
        report = await self._caller.call_until(
            _COMMAND_S,
            "POST",
            f"{self._api}/api/inventory/import",
            data=(await self._inventory()).encode(),
            headers={"content-type": "text/csv"},
        )
        self._say(f"inventory: {report['added']} printers added")
        for error in report.get("errors", [])[:20]:
            self._say(f"inventory: line {error['line']} was not taken: {error['reason']}")
        if not report["added"] + report["updated"] + report["unchanged"]:
            raise DemoFailedError("The inventory has no printer that could be imported.")

    async def _sweep(self) -> tuple[Mapping[str, Any], float]:
        begun = time.monotonic()
        order = await self._caller.call_until(_COMMAND_S, "POST", f"{self._api}/api/sweeps", json={})
        address = f"{self._api}/api/sweeps/{order['sweep_id']}"
        deadline = begun + self._options.sweep_timeout_s
        with view_for(self._console) as view:
            while True:
                sweep: Mapping[str, Any] = await self._found(address, deadline)
                view.update(sweep)
                if sweep["state"] == "closed":
                    return sweep, time.monotonic() - begun
                if time.monotonic() > deadline:
                    raise DemoFailedError(
                        f"The sweep did not close in {self._options.sweep_timeout_s:.0f} s: {dict(sweep)}"
                    )
                await asyncio.sleep(_LOOK_S)

    async def _found(self, address: str, deadline: float) -> Any:
        """GET something that was ordered: 404 until the services have told each other of it."""
        while True:
            status, body = await self._caller.ask("GET", address)
            if status < 400:
                return body
            if status != 404 or time.monotonic() > deadline:
                raise DemoFailedError(f"GET {address} was answered with {status}: {str(body)[:300]}")
            await asyncio.sleep(_LOOK_S)

    async def _reconcile(self) -> Mapping[str, int]:
        order = await self._caller.call_until(_COMMAND_S, "POST", f"{self._api}/api/glpi/reconcile", json={})
        address = f"{self._api}/api/glpi/passes/{order['pass_id']}"
        deadline = time.monotonic() + _GLPI_TIMEOUT_S
        while True:
            done = await self._found(address, deadline)
            if done["state"] == "done":
                counts = {name: int(count) for name, count in sorted(done["counts"].items())}
                self._say("GLPI: " + (", ".join(f"{name} {count}" for name, count in counts.items()) or "no serials"))
                return counts
            if done["state"] == "failed" or time.monotonic() > deadline:
                raise DemoFailedError(f"The GLPI pass did not succeed: {done}")
            await asyncio.sleep(_LOOK_S)

    async def _verify(self) -> Verification:
        deadline = time.monotonic() + _SETTLE_S
        while True:
            found = await self._compare()
            if not found.problems or time.monotonic() > deadline:
                return found
            await asyncio.sleep(_LOOK_S)

    async def _compare(self) -> Verification:
        printers = await self._caller.printers(self._api)
        if "fleet" not in self._lab:
            return verify_real(printers)
        devices = await self._caller.call("GET", f"{self._lab['fleet']['control_url']}/devices")
        expected = await self._caller.call("GET", f"{self._lab['glpi']['control_url']}/expected")
        return verify_simulated(devices["devices"], printers, expected["devices"])

    async def let_it_grow(self) -> None:
        """Let the simulated printers print from now on."""
        if "fleet" in self._lab:
            await self._caller.call("POST", f"{self._lab['fleet']['control_url']}/growth", json={"paused": False})

    async def follow(self) -> None:
        """Tell of every further round that closes, until cancelled. An API that is away for a while is waited for."""
        told: str | None = None
        while True:
            with contextlib.suppress(DemoCallError):
                page = await self._caller.call("GET", f"{self._api}/api/sweeps", params={"limit": "5"})
                closed = [sweep for sweep in page["items"] if sweep["state"] == "closed"]
                if closed and told is not None and closed[0]["id"] != told:
                    self._say(f"{time.strftime('%H:%M:%S')} sweep: {words(closed[0])}")
                told = closed[0]["id"] if closed else told
            await asyncio.sleep(_FOLLOW_S)
