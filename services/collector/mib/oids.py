"""OIDs of the standard MIBs: RFC 3418 (system), RFC 2863 (interfaces), RFC 2790 (host), RFC 3805 (Printer-MIB)."""

from functools import lru_cache

from services.collector.snmp.exchange import Oid


def oid(text: str) -> Oid:
    """ "1.3.6" as a tuple."""
    return tuple(map(int, text.split(".")))


@lru_cache(maxsize=16_384)  # the places of counters are the same for all printers of a model
def dotted(numbers: Oid) -> str:
    """(1, 3, 6) as text."""
    return ".".join(map(str, numbers))


SYS_DESCR = oid("1.3.6.1.2.1.1.1.0")
SYS_OBJECT_ID = oid("1.3.6.1.2.1.1.2.0")
SYS_UPTIME = oid("1.3.6.1.2.1.1.3.0")
SYS_NAME = oid("1.3.6.1.2.1.1.5.0")
SYS_LOCATION = oid("1.3.6.1.2.1.1.6.0")

IF_TYPE = oid("1.3.6.1.2.1.2.2.1.3")
IF_PHYS_ADDRESS = oid("1.3.6.1.2.1.2.2.1.6")
IF_OPER_STATUS = oid("1.3.6.1.2.1.2.2.1.8")

HR_DEVICE_TYPE = oid("1.3.6.1.2.1.25.3.2.1.2")
HR_DEVICE_DESCR = oid("1.3.6.1.2.1.25.3.2.1.3")
HR_DEVICE_STATUS = oid("1.3.6.1.2.1.25.3.2.1.5")
HR_DEVICE_PRINTER = oid("1.3.6.1.2.1.25.3.1.5")  # the value that hrDeviceType has for a printer
HR_PRINTER_STATUS = oid("1.3.6.1.2.1.25.3.5.1.1")
HR_PRINTER_ERRORS = oid("1.3.6.1.2.1.25.3.5.1.2")

PRINTER_MIB = oid("1.3.6.1.2.1.43")


def _prt(table: str, column: int) -> Oid:
    return (*PRINTER_MIB, *oid(table), column)


GENERAL_CHANGES = _prt("5.1.1", 1)  # index: device; rises when the configuration changes
GENERAL_LOCALIZATION = _prt("5.1.1", 2)  # index: device
GENERAL_NAME = _prt("5.1.1", 16)
GENERAL_SERIAL = _prt("5.1.1", 17)
COVER_DESCRIPTION, COVER_STATUS = _prt("6.1.1", 2), _prt("6.1.1", 3)
CHARSET = _prt("7.1.1", 4)  # index: device, localization

INPUT_UNIT, INPUT_MAX, INPUT_LEVEL, INPUT_STATUS = (_prt("8.2.1", c) for c in (8, 9, 10, 11))
INPUT_MEDIA, INPUT_NAME, INPUT_DESCRIPTION = (_prt("8.2.1", c) for c in (12, 13, 18))

MARKER_UNIT, MARKER_LIFE_COUNT, MARKER_POWER_ON_COUNT = (_prt("10.2.1", c) for c in (3, 4, 5))

SUPPLY_COLORANT, SUPPLY_CLASS, SUPPLY_TYPE = (_prt("11.1.1", c) for c in (3, 4, 5))
SUPPLY_DESCRIPTION, SUPPLY_UNIT, SUPPLY_MAX, SUPPLY_LEVEL = (_prt("11.1.1", c) for c in (6, 7, 8, 9))
COLORANT_VALUE = _prt("12.1.1", 4)

CONSOLE_TEXT = _prt("16.5.1", 2)
ALERT_SEVERITY, ALERT_GROUP, ALERT_LOCATION = (_prt("18.1.1", c) for c in (2, 4, 6))
ALERT_CODE, ALERT_DESCRIPTION = _prt("18.1.1", 7), _prt("18.1.1", 8)
