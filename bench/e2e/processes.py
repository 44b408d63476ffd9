"""CPU and memory of processes, from /proc (proc(5)): user and system time of a process and of its children's trees."""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and of all that it has started and that still runs, or that it has waited for."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(_own_s(p.pid) for p in family)


def _own_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(value) for value in fields[11:15]) / _TICK  # utime, stime, cutime, cstime


def peak_mb(pid: int) -> float:
    """VmHWM of a process and its tree, in MB (10^6 octets)."""
    try:
        family = [pid, *(p.pid for p in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(_hwm(p) for p in family)


def _hwm(pid: int) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def machine_busy_s() -> float:
    """CPU seconds that all cores together have been busy, whoever with."""
    fields = [int(v) for v in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / _TICK  # all but idle and iowait


@dataclass
class Meter:
    """What named processes spend between `begin` and `end`."""

    pids: Mapping[str, int]
    spent: dict[str, float] = field(default_factory=dict)
    others_s: float = 0.0
    wall_s: float = 0.0

    def begin(self) -> None:
        self._from = {name: cpu_s(pid) for name, pid in self.pids.items()}
        self._busy, self._at = machine_busy_s(), time.monotonic()

    def end(self) -> None:
        self.wall_s = time.monotonic() - self._at
        self.spent = {name: cpu_s(pid) - self._from[name] for name, pid in self.pids.items()}
        self.others_s = max(0.0, machine_busy_s() - self._busy - sum(self.spent.values()))


def wait_until_idle(pids: Mapping[str, int], most_s: float, asleep: Callable[[float], None] = time.sleep) -> float:
    """Waits until the processes together spend less than 0.15 cores; returns the seconds that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < most_s:
        before = sum(cpu_s(pid) for pid in pids.values())
        asleep(1.0)
        if sum(cpu_s(pid) for pid in pids.values()) - before < 0.15:
            break
    return time.monotonic() - begun
