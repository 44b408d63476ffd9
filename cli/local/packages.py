"""Debian packages: installed through apt where we may, else a sentence on what to install."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from cli.local.errors import LocalError, MissingProgramError

_TIMEOUT_S = 900


def may_use_apt() -> bool:
    """Whether we are root on Debian, Ubuntu or one of their children."""
    try:
        release = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return False
    families = {
        word
        for line in release.splitlines()
        if line.startswith(("ID=", "ID_LIKE="))
        for word in line.split("=", 1)[1].strip("\"'").split()
    }
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and bool(families & {"debian", "ubuntu"})


def install(package: str, otherwise: str, say: Callable[[str], None]) -> None:
    """Install a package with apt; its service is not started by us.

    Raises MissingProgramError with `otherwise` where apt is not ours to use, LocalError with apt's last lines.
    """
    if not may_use_apt():
        raise MissingProgramError(otherwise)
    say(f"installing {package} with apt ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", package],
    )
    with tempfile.TemporaryFile() as log:
        for command in commands:
            try:
                done = subprocess.run(
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=_TIMEOUT_S
                )
                failed = done.returncode != 0
            except subprocess.TimeoutExpired:
                failed = True
            if failed:
                log.seek(0)
                tail = b"\n".join(log.read()[-4000:].splitlines()[-15:]).decode("utf-8", "replace")
                raise LocalError(f"apt could not install {package}: `{' '.join(command)}` failed.\n{tail}")
