"""The load: a window of requests in flight from one socket, each reply matched by request-id and address."""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

WINDOW = 64
SILENCE = 1.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """One device: where, and the request around its request-id."""

    address: tuple[str, int]
    head: bytes
    tail: bytes


@dataclass(frozen=True)
class Figures:
    """Replies and seconds on the wall and on the server's CPU; `lost` were not answered within a second."""

    replies: int
    seconds: float
    cpu: float
    lost: int
    wrong: int
    octets: int

    @property
    def rate(self) -> float:
        """Replies per second on the wall."""
        return self.replies / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Replies per second of the server's CPU; the clock of /proc ticks 100 times a second."""
        return self.replies / max(self.cpu, 1 / TICKS)


def cpu_seconds(pid: int) -> float:
    """Return what a process has used so far (user and system)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def load(targets: list[Target], pid: int, requests: int, seconds: float) -> Figures:
    """Send at most `requests` for at most `seconds`; every reply must repeat its request-id from the address asked."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(SILENCE)
    first_id = 0x10000000
    sent = replies = lost = wrong = octets = 0
    waiting: dict[bytes, tuple[str, int]] = {}
    place = len(targets[0].head)
    before, started = cpu_seconds(pid), time.perf_counter()
    deadline = started + seconds
    with sock:
        while sent < requests or waiting:
            while sent < requests and len(waiting) < WINDOW:
                target = targets[sent % len(targets)]
                request_id = (first_id + sent).to_bytes(4, "big")
                waiting[request_id] = target.address
                sock.sendto(target.head + request_id + target.tail, target.address)
                sent += 1
            try:
                data, source = sock.recvfrom(65535)
            except TimeoutError:
                lost += len(waiting)
                waiting.clear()
                continue
            if waiting.pop(data[place : place + 4], None) == source:
                replies += 1
                octets += len(data)
            else:
                wrong += 1
            if not replies & 0xFF and time.perf_counter() > deadline:
                requests = sent
    return Figures(replies, time.perf_counter() - started, cpu_seconds(pid) - before, lost, wrong, octets)
