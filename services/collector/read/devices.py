"""Which of the host's devices is the printer (usually 1, but not always), and which interfaces may hold its MAC."""

from services.collector.mib import oids as m
from services.collector.read import parts
from services.collector.read.facts import Facts, number_of
from services.collector.snmp.exchange import OBJECT_ID, Oid

_DEFAULT: Oid = (1,)
_MOST = 4


def printer_devices(facts: Facts) -> list[Oid]:
    """The indexes of the devices that are printers: by hrDeviceType, else those that the Printer-MIB's rows begin
    with, else 1."""
    by_type = [
        cell.oid[-1:]
        for cell in facts.rows.get(m.HR_DEVICE_TYPE, ())
        if cell.tag == OBJECT_ID and cell.value == m.HR_DEVICE_PRINTER
    ]
    if by_type:
        return by_type[:_MOST]
    for column in (m.GENERAL_LOCALIZATION, m.MARKER_LIFE_COUNT, m.INPUT_LEVEL):
        if cells := facts.rows.get(column):
            return list(dict.fromkeys(cell.oid[len(column) :][:1] for cell in cells))[:_MOST]
    return [_DEFAULT]


def printer_device(facts: Facts) -> Oid:
    """The first of them."""
    return printer_devices(facts)[0]


def interfaces(facts: Facts) -> list[Oid]:
    """The interfaces that may hold the MAC: Ethernet first."""
    cells = facts.rows.get(m.IF_TYPE, ())
    if not cells:
        return list(parts.IF_UNTYPED)
    return [cell.oid[len(m.IF_TYPE) :] for kind in parts.IF_TYPES for cell in cells if number_of(cell) == kind][
        : parts.MOST_INTERFACES
    ]
