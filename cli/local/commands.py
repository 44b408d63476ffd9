"""The commands that run printsweep on this machine."""

from pathlib import Path

import typer

from cli.local.checks import run_all

app = typer.Typer()
ROOT = Path(__file__).resolve().parents[2]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Lint, types, import rules and all tests; arguments go to pytest."""
    raise typer.Exit(run_all(ROOT, context.args))
