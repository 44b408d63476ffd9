"""RabbitMQ on a machine that has none."""

import shutil
import subprocess
from collections.abc import Callable

from cli.local import packages
from cli.local.broker.installed import Installed, find
from cli.local.errors import LocalError

_SENTENCE = (
    "RabbitMQ is not installed here. Install the package rabbitmq-server (Debian, Ubuntu: sudo apt install "
    "rabbitmq-server; macOS: brew install rabbitmq), or name a running broker with PRINTSWEEP_AMQP_URL and "
    "PRINTSWEEP_MANAGEMENT_URL."
)


def find_or_install(say: Callable[[str], None]) -> Installed:
    """Return the installed RabbitMQ, installing Debian's package where there is none and we may.

    Raises MissingProgramError or LocalError. The package starts a service of its own on machines with systemd: what our
    installation started, it stops again. A broker that was there before is never touched.
    """
    if installed := find():
        return installed
    packages.install("rabbitmq-server", _SENTENCE, say)
    _stop_service()
    if installed := find():
        return installed
    raise LocalError("rabbitmq-server was installed, but its start script or epmd was not found. " + _SENTENCE)


def _stop_service() -> None:
    if shutil.which("systemctl") is None:
        return
    # Without systemd as process 1 it fails, and then there is nothing to stop either.
    for unit in ("rabbitmq-server.service", "epmd.socket", "epmd.service"):
        subprocess.run(["systemctl", "disable", "--now", unit], capture_output=True, timeout=60)
