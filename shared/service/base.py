"""What a service is to the skeleton."""

from abc import ABC, abstractmethod
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from aiohttp import web

from shared import __version__
from shared.broker.consumer import Consumer
from shared.broker.deadletters import Reporter
from shared.broker.link import amqp_url
from shared.broker.publisher import Publisher
from shared.settings import Settings

S = TypeVar("S", bound=Settings)
State = Literal["starting", "running", "leader", "standby", "waiting", "stopping", "stopped"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """One condition of /readyz, with a sentence for people."""

    name: str
    ok: bool
    detail: str = ""


class Service(ABC, Generic[S]):
    """One service. The skeleton calls open → (the coroutines of tasks, side by side) → stop → close, each once.

    Subclasses fill `self.consumers` in __init__ or open. A task that returns or raises ends the whole service: nothing
    half-dead is left standing.
    """

    role: str

    def __init__(self, settings: S) -> None:
        self.settings = settings
        self.instance = settings.instance_name
        self.url = amqp_url(
            settings.amqp_url,
            settings.amqp_user,
            settings.amqp_password.get_secret_value() if settings.amqp_password else None,
        )
        self.publisher = Publisher(self.url, f"{self.role}/{self.instance}/publish")
        self.reporter = Reporter(self.role, __version__)
        self.consumers: list[Consumer] = []

    @property
    def state(self) -> State:
        """For the beat."""
        return "running"

    async def open(self) -> None:
        """Opens files and whatever must be there before the first message."""

    @abstractmethod
    def tasks(self) -> dict[str, Coroutine[Any, Any, None]]:
        """The coroutines that make up the service, by name, besides its publisher and consumers."""

    def routes(self) -> list[web.RouteDef]:
        """HTTP routes beside /livez, /readyz and /metrics."""
        return []

    async def stop(self) -> None:
        """Flushes what is finished; the consumers have ended. Bounded by stop_timeout_s."""

    async def close(self) -> None:
        """Closes files."""

    def readiness(self) -> list[Readiness]:
        """The conditions of /readyz."""
        links = [(self.publisher.link, "publisher"), *((c.link, "consumer") for c in self.consumers)]
        return [Readiness(name, link.is_up, link.last_error if not link.is_up else "") for link, name in links]

    def beat(self) -> dict[str, str | int | float | bool | None]:
        """What only this role knows, for service.beat's `detail`."""
        return {}

    def ready_extras(self) -> dict[str, str | int]:
        """More for the ready file: status_api's URL, for one."""
        return {}
