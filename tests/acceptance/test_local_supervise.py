"""Supervision without our services: small programs that end, refuse to start, or never end."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.local.home import RunFolder
from cli.local.readiness import Condition, NotReadyError, conditions, wait_until_ready
from cli.local.supervise import daemon
from cli.local.supervise.control import Control, ProcessState, has_ended
from cli.local.supervise.program import Group, Program
from tests.support import eventually

pytestmark = pytest.mark.acceptance
ENVIRONMENT = {"PATH": os.defpath, "WORD": 'a "b" %c;d, e'}


def program(name: str, code: str, stop_signal: str = "TERM") -> Program:
    command = [sys.executable, "-c", code]
    return Program(name, Group.SERVICES, command, ENVIRONMENT, "/", stop_signal=stop_signal, stop_wait_s=2)


TABLE = [
    program("sleeper", "import time; time.sleep(600)"),
    program("printer", "import os, time; print(sorted(os.environ.items()), flush=True); time.sleep(600)"),
    program("refuser", "import sys; print('a setting is wrong'); sys.exit(78)"),
    program("crasher", "import sys; sys.exit(0)"),
    program("stubborn", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"),
]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "a b%c;d=\"e'f").make()


@pytest.fixture
def control(folder: RunFolder) -> Iterator[Control]:
    made, _ = daemon.start(folder, TABLE, frozenset({Group.SERVICES}), outlives_us=False)
    yield made
    made.shut_down(timeout=20)


def state_of(control: Control, name: str) -> ProcessState:
    return next(state for state in control.states() if state.name == name)


async def test_programs_get_their_environment_and_nothing_of_ours(control: Control, folder: RunFolder) -> None:
    log = folder.logs / "printer.log"
    await eventually(lambda: log.exists() and log.read_text().endswith("]\n"))
    names = {name for name, _ in eval(log.read_text())}  # noqa: S307 - printed by our own program
    assert "('WORD', 'a \"b\" %c;d, e')" in log.read_text()
    assert names - {"LC_CTYPE"} == set(ENVIRONMENT)


async def test_a_killed_program_comes_back(control: Control) -> None:
    before = await eventually(lambda: state_of(control, "sleeper").pid)
    os.kill(before, signal.SIGKILL)
    await eventually(lambda: state_of(control, "sleeper").pid not in (0, before))


async def test_what_is_misconfigured_is_said_and_not_started_again(control: Control, folder: RunFolder) -> None:
    await eventually(lambda: state_of(control, "refuser").exit_status == 78)
    with pytest.raises(NotReadyError, match="refuser is not ready: misconfigured") as error:
        await wait_until_ready(control, folder, 20, lambda c: c.name == "refuser")
    assert "a setting is wrong" in str(error.value)
    assert next(c for c in await conditions(control, folder) if c.name == "refuser").starts == 1


async def test_a_program_that_ends_again_and_again_is_said_to(control: Control, folder: RunFolder) -> None:
    async def crasher() -> Condition:
        return next(c for c in await conditions(control, folder) if c.name == "crasher")

    async def is_hopeless() -> bool:
        return (await crasher()).is_hopeless

    await eventually(is_hopeless, 40)
    assert not (await crasher()).ready
    with pytest.raises(NotReadyError, match=r"crasher is not ready: .*ended soon after its start"):
        await wait_until_ready(control, folder, 20, lambda c: c.name == "crasher")


async def test_shutting_down_leaves_no_process_even_of_a_stubborn_program(folder: RunFolder) -> None:
    control, supervisor = daemon.start(folder, TABLE, frozenset({Group.SERVICES}), outlives_us=False)
    await eventually(lambda: state_of(control, "stubborn").pid and state_of(control, "sleeper").pid)
    family = [supervisor, *supervisor.children(recursive=True)]
    control.shut_down(timeout=30)
    supervisor.wait()
    assert all(has_ended(process) for process in family)
    assert control.pid() is None


async def test_a_supervisor_that_is_killed_takes_its_programs_along(folder: RunFolder) -> None:
    control, supervisor = daemon.start(folder, TABLE[:2], frozenset({Group.SERVICES}), outlives_us=False)
    await eventually(lambda: all(state_of(control, name).pid for name in ("sleeper", "printer")))
    children = supervisor.children()
    await eventually(lambda: all("time.sleep" in " ".join(child.cmdline()) for child in children))
    supervisor.kill()
    supervisor.wait()
    await eventually(lambda: all(has_ended(child) for child in children))
    folder.forget_socket()
