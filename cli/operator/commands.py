"""The operator's commands, as the command line mounts them."""

import typer

from cli import topology
from cli.operator import config, dead, doctor, glpi, overview, polls, printers, sweeps

app = typer.Typer()

GROUPS = {
    "printers": printers.app,
    "sweep": sweeps.app,
    "dead": dead.app,
    "glpi": glpi.app,
    "topology": topology.app,
}
COMMANDS = (polls.poll, overview.queues, overview.services, overview.health, doctor.doctor, config.config)

for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)
for _command in COMMANDS:
    app.command(_command.__name__)(_command)
