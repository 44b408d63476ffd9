"""Starting supervisor over a run folder."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

import psutil

from cli.local.home import ROOT, RunFolder
from cli.local.supervise import config
from cli.local.supervise.control import Control
from cli.local.supervise.program import Group, Program

_PR_SET_PDEATHSIG = 1
_KEPT = ("HOME", "LANG", "PATH", "TZ", "TMPDIR")


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def start(
    folder: RunFolder, programs: Sequence[Program], autostart: frozenset[Group], *, outlives_us: bool
) -> tuple[Control, "psutil.Popen"]:
    """Start supervisor with these programs and wait until it answers.

    Where it must not outlive us (the demo), Linux ends it even if we are killed hard. Call from the main thread then:
    the kernel watches the thread that started it.
    """
    for stale in folder.ready.iterdir():
        stale.unlink()
    for stale in folder.starts.iterdir():
        stale.unlink()
    folder.forget_socket()
    folder.make_socket_folder()
    config.write(folder, programs, autostart)
    environment = {
        **{key: os.environ[key] for key in _KEPT if key in os.environ},
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
    }
    output = os.open(folder.logs / "supervisord.out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = psutil.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", folder.configuration.name],
            env=environment,
            cwd=folder.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C at the terminal is ours; supervisor hears of it from us.
            start_new_session=True,
            preexec_fn=None if outlives_us or not sys.platform.startswith("linux") else _end_with_parent,
        )
    finally:
        os.close(output)
    control = Control(folder)
    control.wait_until_up(process)
    return control, process
