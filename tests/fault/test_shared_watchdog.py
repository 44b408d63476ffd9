"""A loop that is stuck ends its process, with the stacks on stderr; a frozen and thawed process goes on."""

import signal
import subprocess
import sys

import pytest

from tests.support.process import ROOT

pytestmark = pytest.mark.fault

_PROGRAM = """
import asyncio, sys, time
from shared.service.watchdog import Watchdog

async def main():
    handler_age = {handler_age}
    dog = Watchdog({limit}, lambda: handler_age)
    ticking = asyncio.create_task(dog.tick())
    await asyncio.sleep(0)
    print("up", flush=True)
    for line in iter(sys.stdin.readline, "") if {blocking} else []:
        pass
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    print("fine", flush=True)
    ticking.cancel()

asyncio.run(main())
"""


def _start(**values: object) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format(**values)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"limit": 2, "blocking": True, "handler_age": 0}, "the event loop has not turned"),
        ({"limit": 2, "blocking": False, "handler_age": 99}, "a handler has been running for 99 s"),
    ],
)
def test_what_is_stuck_ends_itself_with_its_stacks(values: dict[str, object], reason: str) -> None:
    process = _start(**values)
    assert process.wait(timeout=60) == 70
    assert process.stderr is not None
    complaint = process.stderr.read()
    assert reason in complaint
    assert "Current thread" in complaint
    assert "Thread" in complaint


def test_a_process_that_was_frozen_is_not_taken_for_stuck() -> None:
    process = _start(limit=6, blocking=False, handler_age=0)
    try:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=8)  # longer than the limit: that is what is being tested
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate("\n", timeout=60)
        assert out == "fine\n"
        assert process.returncode == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
