"""`up`: broker, topology and services, started and kept running."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from cli.local import table
from cli.local.broker.access import named_broker, private_broker
from cli.local.errors import LocalError
from cli.local.home import RunFolder, home
from cli.local.readiness import Condition, NotReadyError, conditions, report, wait_until_ready
from cli.local.settings import LocalSettings, given, service_environment
from cli.local.supervise import daemon
from cli.local.supervise.control import Control
from cli.local.supervise.program import Group
from cli.local.topology import BrokerAccess, apply_topology
from shared.errors import BrokerRefusesLogin, BrokerUnavailable
from shared.management import Management, ManagementMissing
from shared.topology.options import TopologyOptions

BROKER_TIMEOUT_S = 90.0
SERVICES_TIMEOUT_S = 60.0
_LOOK_S = 0.05
OURS = frozenset({Group.EPMD, Group.BROKER})


def run_folder() -> RunFolder:
    """The folder of what `up` keeps running."""
    return RunFolder(home() / "run")


def running_control() -> tuple[Control, RunFolder]:
    """The supervisor that `up` started. Raises LocalError where none runs."""
    folder = run_folder()
    control = Control(folder)
    if control.pid() is None:
        raise LocalError("Nothing is running here. Start it with `./printsweep up`.")
    return control, folder


def up(collectors: int | None, say: Callable[[str], None]) -> list[Condition]:
    """Start everything and wait until it is ready. What is not ready stays running: its reason may still go away.

    Raises LocalError: already running, no broker, not ready (with the last lines of the logs); SettingsInvalid.
    """
    settings = LocalSettings.load()
    folder = run_folder().make()
    with folder.exclusive():
        if pid := Control(folder).pid():
            raise LocalError(
                f"printsweep is running already (supervisor has pid {pid}). `./printsweep status` shows it, "
                "`./printsweep down` stops it."
            )
        programs = []
        if settings.names_a_broker:
            access = named_broker(settings)
        else:
            private = private_broker(folder, say)
            access = private.access(folder)
            programs = table.broker_programs(private.files, private.installed, thrown_away=False)
        data = given("PRINTSWEEP_DATA_DIR")
        programs += table.service_programs(
            folder,
            access,
            service_environment(),
            collectors or settings.local_collectors,
            data=Path(data).absolute() if data else None,
        )
        control, _ = daemon.start(folder, programs, OURS, outlives_us=True)
        try:
            asyncio.run(start_broker_and_topology(control, folder, access, settings.topology_options(), say))
        except BaseException:
            # Without its broker nothing can work, and nothing was done yet that could be lost.
            with contextlib.suppress(LocalError):
                control.shut_down()
            raise
        control.start_group(Group.SERVICES)
        say("services: starting")
        try:
            return asyncio.run(wait_until_ready(control, folder, SERVICES_TIMEOUT_S))
        except NotReadyError as error:
            raise NotReadyError(
                f"{error}\nWhat was started goes on, and is tried again where that can help: `./printsweep status`, "
                "`./printsweep logs`, `./printsweep down`."
            ) from error


async def start_broker_and_topology(
    control: Control,
    folder: RunFolder,
    access: BrokerAccess,
    options: TopologyOptions,
    say: Callable[[str], None],
) -> None:
    """Wait for a private broker that supervisor starts, then set users, policies and queues."""
    if access.role_secrets is not None:
        await wait_for_broker(control, folder, access, BROKER_TIMEOUT_S)
        say(f"broker: ready at {access.amqp_url}")
    await apply_topology(access, options, say)


async def wait_for_broker(control: Control, folder: RunFolder, access: BrokerAccess, timeout: float) -> None:
    """Wait until the private broker answers. Raises NotReadyError with its last lines."""
    port = urlsplit(access.amqp_url).port
    deadline = time.monotonic() + timeout
    while True:
        try:
            async with Management(access.management_login, timeout_s=5) as api:
                await api.get(f"health/checks/port-listener/{port}")
        except (BrokerUnavailable, BrokerRefusesLogin, ManagementMissing):
            pass  # its API listens a moment before its users and its AMQP port are there
        else:
            return
        now = [c for c in await conditions(control, folder) if c.group in OURS]
        if time.monotonic() > deadline or any(c.is_hopeless for c in now):
            raise NotReadyError(report([c for c in now if c.name == "broker"], folder))
        await asyncio.sleep(_LOOK_S)
