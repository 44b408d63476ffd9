"""Debian's snmpd as a real SNMPv3 agent: own configuration, own port on loopback, ended by its process id."""

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.eventually import eventually_sync

AUTH_PASSWORD, PRIV_PASSWORD = "auth-secret-1", "priv-secret-2"
# The names of protocols: ours → net-snmp's.
AUTH = {name: name.replace("SHA-1", "SHA") for name in ("MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512")}
PRIV = {"DES": "DES", "AES-128": "AES", "AES-192": "AES-192", "AES-256": "AES-256"}

# A small printer, as lines of snmpd.conf(5): its changes, its serial, its count, a supply and an alert (RFC 3805).
PRINTER = tuple(
    f"override .1.3.6.1.2.1.43.{row}"
    for row in (
        "5.1.1.1.1 counter 3",
        "5.1.1.2.1 integer 1",
        "5.1.1.17.1 octet_str SERIAL7",
        "10.2.1.4.1.1 counter 12345",
        "11.1.1.4.1.1 integer 3",
        "11.1.1.5.1.1 integer 3",
        "11.1.1.6.1.1 octet_str Toner",
        "11.1.1.8.1.1 integer 2000",
        "11.1.1.9.1.1 integer 500",
        "18.1.1.2.1.7 integer 4",
        "18.1.1.7.1.7 integer 1104",
        "18.1.1.8.1.7 octet_str toner_low",
    )
)


def user_of(auth: str, priv: str) -> str:
    """The name of the user with these protocols."""
    return f"{auth}_{priv}".lower().replace("-", "")


class Snmpd:
    """One agent. Each pair of protocols has a user; `authonly` may ask without encryption, `privonly` may not."""

    def __init__(self, folder: Path, address: str = "127.0.0.1", port: int = 0, more: Sequence[str] = ()) -> None:
        """`more`: lines of snmpd.conf(5)."""
        program = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")
        if program is None:
            pytest.skip("snmpd is not installed: apt-get install snmpd")
        self._program, self._folder = program, folder
        self._address, self._more = address, more
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, port))
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None
        self._configure()

    def _configure(self) -> None:
        (self._folder / "state").mkdir(parents=True, exist_ok=True)
        users = {user_of(a, p): (AUTH[a], PRIV[p], "auth") for a in AUTH for p in PRIV}
        users |= {"privonly": ("SHA", "AES", "priv")}
        lines = [
            f"agentaddress udp:{self._address}:{self.port}",
            "sysdescr a printer that is none",
            "rocommunity public 127.0.0.0/8",
        ]
        for user, (auth, priv, least) in users.items():
            lines.append(f"createUser {user} {auth} {AUTH_PASSWORD} {priv} {PRIV_PASSWORD}")
            lines.append(f"rouser {user} {least}")
        lines += [f"createUser authonly SHA {AUTH_PASSWORD}", "rouser authonly auth", *self._more]
        (self._folder / "snmpd.conf").write_text("\n".join(lines) + "\n")

    @property
    def log(self) -> str:
        """What it printed."""
        return (self._folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Starts it and waits until it answers. Each start is a reboot: snmpEngineBoots rises."""
        command = [self._program, "-f", "-Lo", "-C", "-c", "snmpd.conf", "-I", "-smux"]
        environment = {"PATH": os.environ["PATH"], "SNMP_PERSISTENT_DIR": str(self._folder / "state"), "MIBS": ""}
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        eventually_sync(self._is_up, what="snmpd listens")

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        return "NET-SNMP version" in self.log

    def stop(self) -> None:
        """Ends it; it writes down its boots."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
