"""One simulated printer: what it holds, how it behaves and how often it was asked."""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab.fleet.ber import Oid
from lab.fleet.dice import between, dice
from lab.fleet.model import Model

FIRST_ADDRESS = int(ipaddress.IPv4Address("127.16.0.1"))
MAX_PRINTERS = 100_000
BEHAVIOURS = ("ok", "dead", "slow", "lossy", "garbage", "wrong_source", "truncate")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

# An agent that has been up for one to two hundred days: its ticks then take four octets, which can be patched in place.
LEAST_UPTIME, MOST_UPTIME = 8_640_000, 1_728_000_000


@dataclass(slots=True)
class Asked:
    """How often a device was asked: see `exchange.py` for what begins a poll."""

    datagrams: int = 0
    pdus: int = 0
    polls: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One row of prtAlertTable; `time` in ticks of sysUpTime, `text` as octets in the model's encoding."""

    index: int
    severity: int
    group: int
    group_index: int
    code: int
    text: bytes
    time: int


# What an alert is about ("supply", "tray" or "manual"), which one, and its code.
AlertKey = tuple[str, int, int]
# An alert as rows of the tree: (OID, its content octets, its OID element, its value element).
AlertCell = tuple[Oid, bytes, bytes, bytes]
# An encoded answer: head, tail, places of sysUpTime in the tail, asks sysObjectID.0, has no error.
Answer = tuple[bytes, bytes, tuple[int, ...], bool, bool]


class Device:
    """A printer of a fleet; its n-th (from 1) has the address 127.16.0.0 + n. Everything follows from seed and n."""

    __slots__ = (
        "address", "alert_cells", "alert_number", "alerts", "asked", "behaviour", "booted", "cache", "cache_octets",
        "color", "community", "config_changes", "copies", "dropped", "duplex", "empty_since", "error_bits",
        "error_bits_set", "heard", "heard_answered", "heard_at", "levels", "mac", "manual_alerts",
        "model", "n", "overrides", "printing", "seed", "serial", "silent_until", "total", "total_at_boot",
        "tray_levels",
    )  # fmt: skip

    def __init__(self, model: Model, n: int, seed: int, community: bytes) -> None:
        self.model = model
        self.n = n
        self.seed = seed
        self.community = community
        self.address = (FIRST_ADDRESS - 1 + n).to_bytes(4, "big")
        self.serial = self.fill(model.serial)
        self.mac = bytes.fromhex(model.mac_prefix) + (n & 0xFFFFFF).to_bytes(3, "big")
        self._count(2_500_000_000 + n if model.huge else between(800, 400_000, seed, n, 1))
        # Few start low: most supplies hold 12 to 100 percent.
        self.levels = [row.size * between(12, 100, seed, n, 5, i) / 100 for i, row in enumerate(model.supplies)]
        self.empty_since: dict[int, int] = {}
        self.tray_levels = [
            between(row.capacity // 5, row.capacity, seed, n, 6, i) for i, row in enumerate(model.trays)
        ]
        self.config_changes = between(1, 40, seed, n, 7)
        self.booted = time.monotonic() - between(LEAST_UPTIME, MOST_UPTIME, seed, n, 9) / 100
        self.printing = False
        self.alerts: dict[AlertKey, AlertRow] = {}
        self.alert_number = 0
        self.alert_cells: list[AlertCell] = []
        self.manual_alerts: list[tuple[int, int, int, str]] = []
        self.error_bits = 0
        self.error_bits_set: int | None = None
        self.overrides: dict[int, bytes | None] = {}
        self.behaviour = "ok"
        self.silent_until = 0.0
        self.dropped = 0
        self.asked = Asked()
        self.heard: tuple[object, bytes] | None = None
        self.heard_at = 0.0
        self.heard_answered = True
        self.cache: dict[bytes, Answer] = {}
        self.cache_octets = 0

    def _count(self, total: int) -> None:
        """Set all counters to fit a total."""
        seed, n, model = self.seed, self.n, self.model
        self.total = total
        self.color = total * between(10, 70, seed, n, 2) // 100 if model.color else 0
        self.duplex = total * between(5, 45, seed, n, 3) // 100 if model.duplex else 0
        self.copies = total * between(5, 30, seed, n, 4) // 100 if model.functions else 0
        self.total_at_boot = total - between(0, 700, seed, n, 8)

    def shrink(self) -> None:
        """Give a device whose model counts beyond 2^31 the ordinary counters of the others."""
        self._count(between(800, 400_000, self.seed, self.n, 1))

    @property
    def id(self) -> str:
        """A stable name for control: p00001."""
        return f"p{self.n:05}"

    @property
    def name(self) -> str:
        """The host name (sysName)."""
        return f"{self.model.key}-{self.n:05}"

    @property
    def ip(self) -> str:
        """The address in dotted form."""
        return ".".join(map(str, self.address))

    def uptime(self) -> int:
        """Return sysUpTime in hundredths of a second, which wraps at 2^32."""
        return int((time.monotonic() - self.booted) * 100) & 0xFFFFFFFF

    def fill(self, template: str) -> str:
        """Return a template with {n}, {serial}, {name}, {mac}, {location}, {AA}, {AAA} and {1} filled in."""
        for place, fill in _PLACES.items():
            if place in template:
                template = template.replace(place, fill(self))
        return template

    def location(self) -> str:
        """Return where the device stands (sysLocation)."""
        floor, room = 1 + self.n % 5, self.n % 40
        return f"Building {self.n // 200 + 1}, floor {floor}, room {floor}{room:02}"

    def letters(self, count: int) -> str:
        """Return letters for serials; they follow from seed and n."""
        return "".join(LETTERS[dice(self.seed, self.n, 12, i) % len(LETTERS)] for i in range(count))

    def counters(self) -> dict[str, int]:
        """Return the counters by name; `life` is what prtMarkerLifeCount of the first marker says."""
        return {
            "life": self.total + self.model.life_extra,
            "total": self.total,
            "mono": self.total - self.color,
            "color": self.color,
            "duplex": self.duplex,
            "copies": self.copies,
            "prints": self.total - self.copies,
            "simplex": self.total - self.duplex,
        }

    def level(self, supply: int) -> int:
        """Return what is left of a supply in its unit, in whole numbers."""
        return int(self.levels[supply])

    def declared_level(self, supply: int) -> int:
        """Return the level that the agent tells."""
        declared = self.model.supplies[supply].level
        return self.level(supply) if declared is None else declared

    def changed(self) -> None:
        """Forget the encoded answers: a value changed."""
        self.cache.clear()
        self.cache_octets = 0

    def reboot(self, silence: float) -> None:
        """Start sysUpTime and the count since power-on afresh, after `silence` seconds without an answer."""
        self.silent_until = time.monotonic() + silence
        self.booted = time.monotonic()
        self.total_at_boot = self.total
        self.changed()


_PLACES: dict[str, Callable[[Device], str]] = {
    "{serial}": lambda device: device.serial,
    "{name}": lambda device: device.name,
    "{mac}": lambda device: device.mac.hex(":"),
    "{location}": Device.location,
    "{n}": lambda device: f"{device.n:06}",
    "{AA}": lambda device: device.letters(2),
    "{AAA}": lambda device: device.letters(3),
    "{1}": lambda device: str(dice(device.n, 11) % 10),
}
