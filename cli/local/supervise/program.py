"""One program of the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Group(StrEnum):
    """Programs that start and stop together; supervisor starts them in this order and stops them in reverse."""

    EPMD = "epmd"
    BROKER = "broker"
    LAB = "lab"
    GLPI = "glpi"
    SERVICES = "services"


GROUPS = tuple(Group)


class Readiness(StrEnum):
    """How a program says that it is ready."""

    RUNNING = "running"  # it says nothing: it runs
    FILE = "file"  # it writes its ready file
    HEALTH = "health"  # and answers 200 at /readyz of the port in that file


@dataclass(frozen=True)
class Program:
    """A process to be kept running. `environment` is all that it gets."""

    name: str
    group: Group
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)  # may hold passwords
    folder: str
    readiness: Readiness = Readiness.RUNNING
    stop_signal: str = "TERM"
    stop_wait_s: int = 40
    role: str = ""

    @property
    def kind(self) -> str:
        """What `restart` and `logs` may call it too: collector-1 and collector-2 are both "collector"."""
        return self.role or self.name
