"""What the topology table depends on: the limits and the sites, from the settings."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TopologyOptions:
    """Limits of the queues. Ladder steps are in units of `ladder_unit_s` (60 s; tests shorten it)."""

    sites: tuple[str, ...] = ("main",)
    max_queue_size: int = 10_000
    poll_interval_s: float = 3600.0
    urgent_ttl_s: float = 300.0
    reply_deadline_s: float = 30.0
    ladder_unit_s: float = 60.0
    max_bytes: int = 256 * 1024 * 1024
    dead_max_length: int = 100_000
    passwords: dict[str, str] = field(default_factory=dict, repr=False)  # role → password of its broker user
