"""What the demo is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoOptions:
    """`real_printers` is a CSV of printers on the network; without it a fleet of `printers` is simulated.

    Shares are 0 to 1 of the simulated fleet: `dead` never answer, `slow` take their time, `lossy` drop datagrams.
    """

    printers: int = 200
    real_printers: Path | None = None
    once: bool = False
    json: bool = False
    collectors: int = 2
    glpi: str = "11"
    seed: int = 1
    dead: float = 0.05
    slow: float = 0.02
    lossy: float = 0.03

    @property
    def sweep_timeout_s(self) -> float:
        """After this the demo says that the sweep did not close."""
        return 180.0 + self.printers * 0.05
