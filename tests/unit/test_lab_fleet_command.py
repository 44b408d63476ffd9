"""The command: its ready file, its one line, its signals and its errors."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from lab.fleet.__main__ import parse
from tests.support import eventually
from tests.support.snmp import Asker


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "lab.fleet", *arguments, stdout=pipe, stderr=pipe)


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_says_so_and_ends_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    ready_file = tmp_path / "ready.json"
    process = await start("--printers", "20", "--seed", "4", "--ready-file", str(ready_file))
    try:
        await eventually(ready_file.exists)
        ready = json.loads(ready_file.read_text())
        assert (ready["pid"], ready["printers"]) == (process.pid, 20)
        with Asker() as asker:
            read = await asker.ask(("127.16.0.20", ready["udp_port"]), ["1.3.6.1.2.1.1.1.0"])
            assert read.status == 0
        assert names(tmp_path) == ["ready.json"]
    finally:
        process.send_signal(number)
        out, error = await process.communicate()
    assert process.returncode == 0
    assert error == b""
    assert len(out.splitlines()) == 1
    assert str(ready["udp_port"]).encode() in out


async def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with Asker() as holder:
        port = holder.socket.getsockname()[1]
        process = await start("--printers", "2", "--port", str(port))
        _, error = await process.communicate()
    assert process.returncode == 1
    assert b"the fleet cannot start" in error
    assert b"Traceback" not in error


def test_the_command_line_is_read() -> None:
    settings, ready_file = parse(["--printers", "7", "--dead", "0.5", "--sites", "a,b", "--models", "zebra-label"])
    assert (settings.printers, settings.dead, settings.sites) == (7, 0.5, ("a", "b"))
    assert (settings.models, ready_file) == (("zebra-label",), None)


@pytest.mark.parametrize("wrong", [["--printers", "0"], ["--models", "x"], ["--tick", "0"], ["--port", "x"]])
def test_a_wrong_command_line_ends_with_two(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(wrong)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
