"""What a fleet is started with."""

from dataclasses import dataclass

from lab.fleet.device import MAX_PRINTERS
from lab.fleet.models import MODELS


@dataclass(frozen=True)
class Settings:
    """Shares are 0 to 1 of the printers; `tick`, `slow_delay`, `poll_gap` and `reboot_silence` are seconds.

    Port 0 is a free one. `models` holds keys, all models when empty. `paused` starts without growth.
    """

    printers: int = 10
    seed: int = 1
    port: int = 0
    control_port: int = 0
    community: str = "public"
    dead: float = 0.0
    slow: float = 0.0
    lossy: float = 0.0
    slow_delay: float = 0.4
    tick: float = 60.0
    poll_gap: float = 5.0
    reboot_silence: float = 1.0
    sites: tuple[str, ...] = ("main",)
    models: tuple[str, ...] = ()
    paused: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.printers <= MAX_PRINTERS:
            raise ValueError(f"printers must be 1 to {MAX_PRINTERS}, not {self.printers}")
        if self.tick <= 0:
            raise ValueError("tick must be above 0 seconds; pause the growth instead")
        if not 1 <= len(self.community.encode()) <= 100:
            raise ValueError("the community must have 1 to 100 octets")
        if not self.sites or not all(self.sites):
            raise ValueError("at least one site is needed, and none may be empty")
        known = {model.key for model in MODELS}
        if unknown := set(self.models) - known:
            raise ValueError(f"no model {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
