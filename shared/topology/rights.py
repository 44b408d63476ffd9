"""What each service's broker user may do: exactly its routes. Only the topology step may set policies.

Patterns are RabbitMQ permission regular expressions on names: configure, write (publish to an exchange), read
(consume a queue, or bind from an exchange). Topic permissions narrow publishing by routing key.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rights:
    """The permissions of one service's user, named printsweep-<role>."""

    role: str
    configure: str
    write: str
    read: str
    topics: dict[str, str] = field(default_factory=dict)  # exchange → pattern of routing keys it may publish
    tags: tuple[str, ...] = ()

    @property
    def user(self) -> str:
        """The name of the broker user."""
        return f"printsweep-{self.role}"


RIGHTS: tuple[Rights, ...] = (
    Rights(
        "scheduler",
        r"^scheduler\.leader$",
        r"^(work|record|command|reply|beats|dead\.record)$",
        r"^scheduler\.(feedback|command|leader)$",
        {
            "work": r"^poll\.[a-z0-9_-]+\.(routine|urgent)$",
            "record": r"^(sweep\.(opened|closed)|polls\.(requested|refused|expired)|printers\.changed)$",
            "command": r"^glpi\.request$",
            "beats": r"^service\.beat$",
        },
    ),
    Rights(
        "collector",
        "^$",
        r"^(record|events|beats|dead\.polls)$",
        r"^poll\..+",
        {"record": r"^polls\.(started|finished)$", "events": r"^polls\.closed$", "beats": r"^service\.beat$"},
    ),
    Rights(
        "glpi_sync",
        "^$",
        r"^(record|command|reply|beats|dead\.glpi|retry\..+)$",
        r"^glpi\.(readings|request)$",
        {"record": r"^glpi\.(checked|reconciled)$", "command": r"^glpi\.request$", "beats": r"^service\.beat$"},
    ),
    Rights(
        "status_api",
        r"^reply\..+",
        # A replay goes back to the queue that a dead letter came from, through the default exchange.
        r"^(command|work|beats|dead\.record|retry\..+|reply\..+|amq\.default)$",
        r"^(status\..+|dead\..+|expired\.poll|unroutable|reply.*)$",
        {
            "command": r"^(scheduler\.command|glpi\.request)$",
            "work": r"^poll\.[a-z0-9_-]+\.(routine|urgent)$",
            "beats": r"^service\.beat$",
        },
        ("monitoring",),  # reads queue depths and consumers over the management API
    ),
)
