"""The demo's rows of the table: the simulated fleet and GLPI, and what the services need to know of them."""

import json
from collections.abc import Mapping
from pathlib import Path

from cli.local import table
from cli.local.broker.files import write_private
from cli.local.demo.options import DemoOptions
from cli.local.home import RunFolder
from cli.local.settings import inherited_environment
from cli.local.supervise.program import Group, Program

# The fleet's own names for its profiles (`GET /inventory.csv`); its community is public on purpose.
_PROFILES = {
    name: {
        "version": version,
        "community": "public",
        "timeout_s": 1.0,
        "retries": 4,
        "permitted_networks": ["127.0.0.0/8"],
    }
    for name, version in (("lab", "2c"), ("lab-v1", "1"))
}
_TICK_S = 15  # the simulated printers print so often: something is to be seen


def fleet_program(folder: RunFolder, options: DemoOptions) -> Program:
    """The simulated fleet, without growth until it is told: what is read must be what is compared."""
    values = {
        "--printers": options.printers,
        "--seed": options.seed,
        "--dead": options.dead,
        "--slow": options.slow,
        "--lossy": options.lossy,
        "--tick": _TICK_S,
        "--ready-file": folder.ready / "fleet.json",
    }
    arguments = [word for name, value in values.items() for word in (name, str(value))]
    environment = inherited_environment()
    return table.python_program("fleet", Group.LAB, "lab.fleet", environment, *arguments, "--paused")


def glpi_program(folder: RunFolder, options: DemoOptions, fleet: str) -> Program:
    """The simulated GLPI. `fleet` is the address or file of the devices that it is to know."""
    values = {
        "--version": options.glpi,
        "--seed": options.seed,
        "--printers": fleet,
        "--ready-file": folder.ready / "glpi.json",
    }
    arguments = [word for name, value in values.items() for word in (name, str(value))]
    return table.python_program("glpi", Group.GLPI, "lab.glpi", inherited_environment(), *arguments)


def no_devices(folder: RunFolder) -> Path:
    """A fleet of nobody, for a GLPI that is to know only strangers (real printers are not in it)."""
    path = folder.folder / "devices.json"
    path.write_text(json.dumps({"devices": []}))
    return path


def profiles_file(folder: RunFolder) -> Path:
    """The SNMP profiles of the simulated fleet."""
    path = folder.secrets / "profiles.json"
    write_private(path, json.dumps({"profiles": _PROFILES}))
    return path


def services_only(
    folder: RunFolder, glpi: Mapping[str, str], api_port: int, profiles: Path | None
) -> dict[str, dict[str, str]]:
    """What single roles are told in the demo. `glpi` is the simulated GLPI's ready file."""
    app_token, user_token = folder.secrets / "glpi-app", folder.secrets / "glpi-user"
    write_private(app_token, glpi["app_token"])
    write_private(user_token, glpi["user_token"])
    return {
        "collector": {"PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(profiles)} if profiles else {},
        "glpi_sync": {
            "PRINTSWEEP_GLPI_SYNC_URL": glpi["url"],
            "PRINTSWEEP_GLPI_SYNC_APP_TOKEN_FILE": str(app_token),
            "PRINTSWEEP_GLPI_SYNC_USER_TOKEN_FILE": str(user_token),
        },
        "status_api": {"PRINTSWEEP_STATUS_API_PORT": str(api_port)},
    }
