"""The table of programs: what runs, in which group, with which environment."""

import sys
from collections.abc import Mapping
from pathlib import Path

from cli.local.broker.files import NodeFiles
from cli.local.broker.installed import Installed
from cli.local.home import ROOT, RunFolder
from cli.local.supervise.program import Group, Program, Readiness
from cli.local.topology import BrokerAccess

ROLES = ("scheduler", "collector", "glpi_sync", "status_api")
_SEVERAL = "collector"  # the one role that may run many times


def broker_programs(files: NodeFiles, installed: Installed, *, thrown_away: bool) -> list[Program]:
    """A private broker: its epmd and itself. Where its folder is thrown away there is nothing to save: it is killed."""
    environment, folder = files.environment(installed), str(files.folder)
    stop = "KILL" if thrown_away else "TERM"
    return [
        Program("epmd", Group.EPMD, files.epmd_command(installed), environment, folder),
        Program("broker", Group.BROKER, files.server_command(installed), environment, folder, stop_signal=stop),
    ]


def python_program(
    name: str,
    group: Group,
    module: str,
    environment: Mapping[str, str],
    *arguments: str,
    readiness: Readiness = Readiness.FILE,
    role: str = "",
    works_in: Path = ROOT,
) -> Program:
    """One of our own modules as a program."""
    own = {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    return Program(
        name,
        group,
        [sys.executable, "-m", module, *arguments],
        {**environment, **own},
        str(works_in),
        readiness,
        role=role,
    )


def service_programs(
    folder: RunFolder,
    access: BrokerAccess,
    environment: Mapping[str, str],
    collectors: int,
    only: Mapping[str, Mapping[str, str]] | None = None,
    data: Path | None = None,
) -> list[Program]:
    """The services. `environment` is everybody's, `only` adds to single roles.

    Each role has a folder of its own below `data` (by default the run folder's): collectors share their plans.
    """
    programs = []
    for role in ROLES:
        for number in range(1, (collectors if role == _SEVERAL else 1) + 1):
            name = f"{role}-{number}" if role == _SEVERAL else role
            own = {
                "PRINTSWEEP_INSTANCE": name,
                "PRINTSWEEP_DATA_DIR": str((data or folder.data) / role),
                "PRINTSWEEP_READY_FILE": str(folder.ready / f"{name}.json"),
                "PRINTSWEEP_HEALTH_PORT": "0",
            }
            together = {**environment, **access.environment(role), **(only or {}).get(role, {}), **own}
            module = f"services.{role}"
            programs.append(
                python_program(name, Group.SERVICES, module, together, readiness=Readiness.HEALTH, role=role)
            )
    return programs
