"""What the README tells people to write and to type is what the programs take."""

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import typer

from cli.app import build
from services.collector.profiles import load
from services.collector.settings import CollectorSettings
from services.glpi_sync.settings import GlpiSyncSettings
from shared.settings import names_of
from tests.support.process import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
_COMMANDS = re.compile(r"\./printsweep((?: [a-z]+)+)")


def test_its_profile_is_one(tmp_path: Path) -> None:
    block = re.search(r"# profiles\.toml\n((?: {7}.+\n)+)", TEXT)
    assert block
    path = tmp_path / "profiles.toml"
    path.write_text(dedent(block[1]), encoding="utf-8")
    assert list(load(path)) == ["default"]


def test_its_settings_are_known() -> None:
    named = set(re.findall(r"\bPRINTSWEEP_[A-Z_]+\b", TEXT))
    assert named
    assert named <= names_of(CollectorSettings) | names_of(GlpiSyncSettings)


def test_its_commands_are_there() -> None:
    found = {found[1].strip() for found in _COMMANDS.finditer(TEXT)}
    assert found
    for words in found:
        command: Any = typer.main.get_command(build())
        for word in words.split():
            known = getattr(command, "commands", None)
            if known is None:
                break  # what follows is an argument
            assert word in known, f"./printsweep {words}"
            command = known[word]
