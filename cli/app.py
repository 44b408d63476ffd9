"""The command line: one table of the rooms that bring commands, mounted side by side."""

import importlib
import sys
from typing import Annotated

import typer

from cli.errors import CommandError
from shared import __version__
from shared.errors import PrintsweepError

# Each module has an `app` (typer.Typer) whose commands and groups appear at the top level.
ROOMS = ("cli.local.commands", "cli.operator.commands", "cli.collector", "cli.documents")

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def build() -> typer.Typer:
    """Return the whole command line."""
    app = typer.Typer(
        name="printsweep",
        help="Reads a fleet of network printers over SNMP, reconciles them with GLPI, and shows what happened.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode="rich",
    )
    app.callback()(_options)
    for room in ROOMS:
        app.add_typer(importlib.import_module(room).app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run one command. What the operator can mend is one sentence on standard error and exit status 1."""
    try:
        build()(prog_name="printsweep")
    except (CommandError, PrintsweepError) as error:
        sys.stderr.write(f"printsweep: {error}\n")
        sys.exit(getattr(error, "exit_status", EXIT_FAILED))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
