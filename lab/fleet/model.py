"""What a model of printer is made of. The models themselves are data: one file per vendor in models/."""

from dataclasses import dataclass, field
from functools import cached_property

from lab.fleet import standard
from lab.fleet.tree import Cell, Tree

BLACK, CYAN, MAGENTA, YELLOW = "black", "cyan", "magenta", "yellow"


@dataclass(frozen=True)
class Supply:
    """One row of prtMarkerSuppliesTable.

    `maximum` and `level` are what the agent declares (level None: it tells what is left; -2 and -3 hide it).
    `pages` is how long a full one lasts; only prints in `color` use it up when that is cyan, magenta or yellow.
    """

    index: str
    description: str
    type: int
    maximum: int
    pages: int
    unit: int = 19
    color: str | None = None
    colorant: int = 0
    marker: int = 1
    supply_class: int = 3
    level: int | None = None

    @property
    def size(self) -> int:
        """A full one in the declared unit, or 100 where the agent declares none."""
        return self.maximum if self.maximum > 0 else 100


@dataclass(frozen=True)
class Tray:
    """One row of prtInputTable; level None tells the sheets that are in it."""

    name: str
    capacity: int
    media: str = "A4"
    level: int | None = None
    type: int = 3
    description: str = ""


@dataclass(frozen=True)
class Marker:
    """One row of prtMarkerTable; `counts` names the device's counter behind prtMarkerLifeCount."""

    counts: str = "life"
    unit: int = 7
    technology: int = 4


@dataclass(frozen=True)
class Model:
    """A printer model; see the fields of RFC 3805 for the numbers.

    `serial` and the other templates know {serial}, {name}, {mac}, {n}; `pages_a_tick` is (least, most).
    `most_varbinds` and `most_octets` bound a reply; beyond them the agent says tooBig or, if `over_limit` is
    "silent", nothing. `versions` holds 0 (v1) and 1 (v2c). `aliases` are other ways in which the
    device tells its model. `life_extra` is added to the total in prtMarkerLifeCount.
    """

    key: str
    vendor: str
    manufacturer: str
    name: str
    object_id: str
    description: str
    serial: str
    aliases: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()
    trays: tuple[Tray, ...] = ()
    markers: tuple[Marker, ...] = (Marker(),)
    outputs: tuple[str, ...] = ("Standard Bin",)
    covers: tuple[str, ...] = ("Front Cover",)
    console: tuple[str, ...] = ("Ready",)
    host_description: str = "{model}"
    printer_name: str = "{model}"
    printer_mib: bool = True
    standard_serial: str | None = "{serial}"
    encoding: str = "utf-8"
    charset: int | None = 106
    language: str = "en"
    country: str = "US"
    versions: frozenset[int] = frozenset((0, 1))
    most_varbinds: int = 500
    most_octets: int = 16000
    over_limit: str = "tooBig"
    color: bool = False
    duplex: bool = True
    functions: bool = False
    life_extra: int = 0
    error_octets: int = 1
    alert_texts: bool = True
    pages_a_tick: tuple[int, int] = (0, 12)
    wide_counters: bool = False
    mac_prefix: str = "02005e"
    huge: bool = False
    extra: dict[str, Cell] = field(default_factory=dict)

    @cached_property
    def tree(self) -> Tree:
        """All rows that do not come and go: the standard MIBs and `extra` (full OIDs) of the vendor."""
        return standard.build(self)
