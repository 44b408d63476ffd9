"""The parts of a reading: which column tells a table's rows, and which further columns are asked for each row."""

from dataclasses import dataclass
from functools import lru_cache

from services.collector.mib import oids as m
from services.collector.snmp.exchange import Oid


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A table of a MIB. `rows` is walked; `columns` are then asked for the rows that it has, at most `most` of them
    (the limits of the message's lists)."""

    name: str
    rows: Oid
    columns: tuple[Oid, ...] = ()
    most: int = 64


@lru_cache(maxsize=4096)
def cells_of(part: Part, index: Oid) -> tuple[Oid, ...]:
    """Where a row of the part has its columns; kept, for a fleet's printers have the same rows."""
    return tuple([(*column, *index) for column in part.columns])


FIRST = (m.SYS_OBJECT_ID, m.SYS_UPTIME, m.SYS_DESCR, m.SYS_NAME, m.SYS_LOCATION)

DEVICES = Part(
    "host_resources",
    m.HR_DEVICE_TYPE,
    (m.HR_DEVICE_DESCR, m.HR_DEVICE_STATUS, m.HR_PRINTER_STATUS, m.HR_PRINTER_ERRORS),
)
INTERFACES = Part("interfaces", m.IF_TYPE, (m.IF_OPER_STATUS, m.IF_PHYS_ADDRESS))
GENERAL = Part("general", m.GENERAL_LOCALIZATION, (m.GENERAL_CHANGES, m.GENERAL_NAME, m.GENERAL_SERIAL))
COVERS = Part("covers", m.COVER_STATUS, (m.COVER_DESCRIPTION,))
CHARSETS = Part("general", m.CHARSET)
TRAYS = Part(
    "trays",
    m.INPUT_LEVEL,
    (m.INPUT_UNIT, m.INPUT_MAX, m.INPUT_STATUS, m.INPUT_MEDIA, m.INPUT_NAME, m.INPUT_DESCRIPTION),
)
MARKERS = Part("markers", m.MARKER_LIFE_COUNT, (m.MARKER_UNIT, m.MARKER_POWER_ON_COUNT), 16)
SUPPLIES = Part(
    "supplies",
    m.SUPPLY_LEVEL,
    (m.SUPPLY_COLORANT, m.SUPPLY_CLASS, m.SUPPLY_TYPE, m.SUPPLY_DESCRIPTION, m.SUPPLY_UNIT, m.SUPPLY_MAX),
    128,
)
COLORANTS = Part("supplies", m.COLORANT_VALUE)
CONSOLE = Part("console", m.CONSOLE_TEXT, (), 32)
ALERTS = Part("alerts", m.ALERT_SEVERITY, (m.ALERT_GROUP, m.ALERT_LOCATION, m.ALERT_CODE, m.ALERT_DESCRIPTION), 128)

# In the order of their OIDs.
WALKED = (
    INTERFACES, DEVICES, GENERAL, COVERS, CHARSETS, TRAYS, MARKERS, SUPPLIES, COLORANTS, CONSOLE, ALERTS,
)  # fmt: skip
# Asked for each row of their own walk.
BY_ROWS = (MARKERS, SUPPLIES, TRAYS, COVERS, ALERTS)

# Asked for each device that is a printer.
BY_DEVICES = (DEVICES, GENERAL)
# ethernetCsmacd, iso88023Csmacd (Brother and Fuji tell this), fastEther, gigabitEthernet, ieee80211: IANAifType-MIB
IF_TYPES = (6, 7, 62, 117, 71)
IF_UNTYPED = ((1,), (2,), (3,))  # asked where no interface tells its type
MOST_INTERFACES = 8
