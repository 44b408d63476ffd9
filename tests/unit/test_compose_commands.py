"""The commands that docs/compose.md and the demo's scripts give are commands of the command line."""

import re

import click
import pytest
import typer

from cli.app import build
from tests.support.process import ROOT

_GIVEN = re.compile(r"(?:--rm (?:-T )?cli|^printsweep|`printsweep) ((?:[a-z]+ ?)+)", re.MULTILINE)
_SAID = sorted(
    {
        " ".join(match.split())
        for name in ("docs/compose.md", "deploy/demo/order", "docker-compose.yml")
        for match in _GIVEN.findall((ROOT / name).read_text(encoding="utf-8"))
    }
)


def test_some_are_given() -> None:
    assert {"printers import", "sweep now", "glpi reconcile", "doctor"} <= set(_SAID)


@pytest.mark.parametrize("words", _SAID)
def test_is_a_command(words: str) -> None:
    command: click.Command = typer.main.get_command(build())
    for word in words.split():
        if not isinstance(command, click.Group):
            break  # an argument
        assert word in command.commands, f"{words}: there is no {word} in {command.name}"
        command = command.commands[word]
