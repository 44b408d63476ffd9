import configparser
import json
from pathlib import Path

from cli.local.home import RunFolder
from cli.local.supervise import config
from cli.local.supervise.program import Group, Program

PASSWORD = 'a%b"c;d\ne'
TABLE = [
    Program("epmd", Group.EPMD, ["/usr/bin/epmd"], {}, "/tmp"),
    Program("collector-1", Group.SERVICES, ["/bin/true", "; x"], {"SECRET": PASSWORD}, "/tmp", role="collector"),
]


def test_supervisor_sees_no_secret_and_starts_only_what_it_is_told(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path).make()
    config.write(folder, TABLE, frozenset({Group.EPMD}))
    text = folder.configuration.read_text()
    read = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    read.read_string(text)
    assert "SECRET" not in text
    assert read["program:epmd"]["autostart"] == "true"
    assert read["program:collector-1"]["autostart"] == "false"
    assert int(read["group:epmd"]["priority"]) < int(read["group:services"]["priority"])
    assert folder.configuration.stat().st_mode & 0o077 == 0


def test_commands_and_environments_survive_any_character(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path).make()
    config.write(folder, TABLE, frozenset())
    kept = json.loads(folder.programs.read_text())["collector-1"]
    assert kept["environment"]["SECRET"] == PASSWORD
    assert kept["command"] == ["/bin/true", "; x"]
    assert kept["kind"] == "collector"
    assert folder.programs.stat().st_mode & 0o077 == 0


def test_a_program_does_not_show_its_environment() -> None:
    assert PASSWORD not in repr(TABLE[1])
