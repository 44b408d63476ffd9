"""The commands that run printsweep on this machine."""

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.local.checks import run_all
from cli.local.demo.options import DemoOptions
from cli.local.demo.run import Demo
from cli.local.errors import LocalError
from cli.local.home import ROOT
from cli.local.logs import files_of, show
from cli.local.readiness import conditions, wait_until_ready
from cli.local.show import as_json, print_conditions, say
from cli.local.supervise.control import Control
from cli.local.up import SERVICES_TIMEOUT_S, run_folder, running_control
from cli.local.up import up as bring_up

app = typer.Typer()

_MOST_SIMULATED = 20_000


class GlpiVersion(StrEnum):
    """The GLPIs that the lab can be."""

    V10 = "10"
    V11 = "11"


def _number_or_file(text: str) -> tuple[int, Path | None]:
    if text.isdigit():
        if not 1 <= int(text) <= _MOST_SIMULATED:
            raise LocalError(f"--printers must be 1 to {_MOST_SIMULATED}, not {text}.")
        return int(text), None
    path = Path(text)
    if not path.is_file():
        raise LocalError(f"--printers takes a number or a CSV file; there is no file {text}.")
    return 0, path.absolute()


Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]
Service = Annotated[str | None, typer.Argument(help="One program, or all of a kind: collector, scheduler, broker …")]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Lint, types, import rules and all tests; arguments go to pytest."""
    raise typer.Exit(run_all(ROOT, context.args))


@app.command()
def up(
    collectors: Annotated[
        int | None, typer.Option(min=1, max=64, help="Collector processes (PRINTSWEEP_LOCAL_COLLECTORS, 1).")
    ] = None,
) -> None:
    """Start the broker and the services and keep them running; settings come from the environment and .env."""
    print_conditions(bring_up(collectors, say))


@app.command()
def down() -> None:
    """Stop what `up` started, in order; nothing is left running."""
    folder = run_folder()
    control = Control(folder)
    if control.pid() is None:
        say("Nothing is running here.")
        return
    with folder.exclusive():
        control.shut_down()
    say("Everything is stopped.")


@app.command()
def restart(service: Service = None) -> None:
    """Stop and start the services, or one of them, and wait until they are ready."""
    control, folder = running_control()
    with folder.exclusive():
        states = control.states()
        kinds = {name: p["kind"] for name, p in json.loads(folder.programs.read_text()).items()}
        wanted = [
            state
            for state in states
            if (state.group == "services" if service is None else service in (state.name, kinds.get(state.name)))
        ]
        if not wanted:
            known = ", ".join(sorted({*kinds, *kinds.values()}))
            raise LocalError(f"There is no {service} here. There is: {known}.")
        for state in wanted:
            if state.is_alive:
                control.stop(state)
            # A person asks: earlier quick ends must not delay this start.
            (folder.starts / f"{state.name}.json").unlink(missing_ok=True)
        for state in wanted:
            control.start(state)
        names = {state.name for state in wanted}
        found = asyncio.run(wait_until_ready(control, folder, SERVICES_TIMEOUT_S, lambda c: c.name in names))
        print_conditions(found)


@app.command()
def status(as_document: Json = False) -> None:
    """What runs, since when, and whether it is ready. Exit status 1 where something is not."""
    control, folder = running_control()
    found = asyncio.run(conditions(control, folder))
    if as_document:
        sys.stdout.write(as_json(found) + "\n")
    else:
        print_conditions(found)
    raise typer.Exit(0 if all(one.ready for one in found) else 1)


@app.command()
def logs(
    service: Service = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, max=10_000, help="So many last lines of each.")] = 50,
) -> None:
    """What the programs print."""
    folder = run_folder()
    control = Control(folder)

    def write(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    show(files_of(folder, service), lines, follow, write, lambda: control.pid() is None)


Share = Annotated[float, typer.Option(min=0, max=1, help="Share of the simulated printers, 0 to 1.")]


@app.command()
def demo(
    printers: Annotated[
        str, typer.Option(metavar="N|FILE.csv", help="So many simulated printers, or a CSV of real ones.")
    ] = "200",
    once: Annotated[bool, typer.Option("--once", help="End after the sweep and the GLPI pass.")] = False,
    as_document: Annotated[bool, typer.Option("--json", help="One last line of JSON.")] = False,
    collectors: Annotated[int, typer.Option(min=1, max=16)] = 2,
    glpi: Annotated[GlpiVersion, typer.Option(help="The GLPI that is simulated.")] = GlpiVersion.V11,
    seed: Annotated[int, typer.Option(help="The simulated fleet follows from it.")] = 1,
    dead: Share = 0.05,
    slow: Share = 0.02,
    lossy: Share = 0.03,
) -> None:
    """The whole pipeline on this machine: broker, simulated fleet and GLPI, services, one verified sweep."""
    number, file = _number_or_file(printers)
    options = DemoOptions(number, file, once, as_document, collectors, glpi.value, seed, dead, slow, lossy)
    raise typer.Exit(Demo(options).run())
