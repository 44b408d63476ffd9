"""Who the device is: serial numbers with their places, model, firmware, MAC."""

import re
from typing import Any, NamedTuple

from services.collector.mib import oids as m
from services.collector.mib.text import LONG
from services.collector.mib.values import mac_text
from services.collector.read.devices import interfaces, printer_device
from services.collector.read.facts import Facts
from services.collector.vendors import Place, Vendor

MOST_SERIALS = 16
_UP = 1
_LEAST_SERIAL = 5  # shorter ones may be part of a model's name
_PLACEHOLDER = re.compile(
    r"^(0+|x+|n/?a|n\.a\.?|none|null|unknown|undefined|default|not (set|available|specified)"
    r"|12345(67890*)?|123456789?|-+|\?+|\*+|\.+|<.*>)$",
    re.IGNORECASE,
)
_CARD_NAME = re.compile(
    r"^(NPI|BRN_?|BRW|XRX|KM|ET00|RNP)[0-9A-F]{6,12}$", re.IGNORECASE
)  # names cards give themselves
# "Printer", "Zebra Printer", "NRG Network Printer", "KYOCERA Document Solutions Printing System": no model
_GENERIC = re.compile(
    r"^(generic|network printer|printer)\b|^\w{2,} (network |laser )?printer$|\b(printing system|print ?server)$",
    re.IGNORECASE,
)
# What some cards say of themselves in sysDescr, and nothing of the printer: "Brother NC-6400h, Firmware Ver.1.01".
_CARD = re.compile(
    r"^(HP ETHERNET MULTI-ENVIRONMENT|EPSON Built-in|(OKI )?OkiLAN|ZebraNet|Brother NC-\w+|KYOCERA Printer I/F)\b",
    re.IGNORECASE,
)
_BETWEEN = " ,-/"


class _Glued(NamedTuple):
    """What some agents put behind the model, in one text with it."""

    serial: str | None
    firmware: str | None


def identity(facts: Facts, vendor: Vendor) -> dict[str, Any]:
    """See shared.messages.readings.Identity."""
    name = facts.text(m.SYS_NAME) or _first(facts, vendor.names)
    serials = _serials(facts, vendor)
    serial = next((s["value"] for s in serials if _is_serial(s["value"], name)), None)
    uptime, object_id = facts.number(m.SYS_UPTIME), facts.object_id(m.SYS_OBJECT_ID)
    firmware = _first(facts, vendor.firmware)
    model = _model(facts, vendor, _Glued(serial, firmware), name)
    makers = [_place(facts, place) for place in vendor.makers]
    return {
        "serial": _printed(serial, vendor),
        "serials": serials,
        "model": model,
        "manufacturer": vendor.brand(*makers, model, facts.text(m.SYS_DESCR)),
        "firmware": firmware,
        "mac": _mac(facts),
        "name": name,
        "location": facts.text(m.SYS_LOCATION),
        "sys_object_id": None if object_id is None else m.dotted(object_id)[:255],
        "sys_descr": facts.text(m.SYS_DESCR, LONG),
        "uptime_s": None if uptime is None or uptime < 0 else uptime / 100,
    }


def _place(facts: Facts, place: Place) -> str | None:
    octets = facts.octets(place.oid)
    return None if octets is None else place.extract(octets, facts.charset)


def _first(facts: Facts, places: tuple[Place, ...]) -> str | None:
    return next((value for place in places if (value := _place(facts, place))), None)


def _serials(facts: Facts, vendor: Vendor) -> list[dict[str, str]]:
    """All places that tell a serial number, the standard one first. They may disagree: all are kept."""
    device = printer_device(facts)
    standard = (*m.GENERAL_SERIAL, *device)
    found = [(facts.text(standard), standard, "prtGeneralSerialNumber")]
    found += [(_place(facts, place), place.oid, place.rule) for place in vendor.serials]
    return [{"value": value.strip()[:255], "oid": m.dotted(oid), "rule": rule} for value, oid, rule in found if value][
        :MOST_SERIALS
    ]


def _is_serial(value: str, name: str | None) -> bool:
    """Not a placeholder, and not the host name, which some agents tell instead."""
    return not (_PLACEHOLDER.match(value) or _CARD_NAME.match(value)) and value.lower() != (name or "").lower()


def _printed(serial: str | None, vendor: Vendor) -> str | None:
    """The serial number as it is printed on the housing, where the vendor's agents add to it."""
    found = vendor.serial_form.match(serial) if serial and vendor.serial_form else None
    return found.group(1) if found else serial


def _model(facts: Facts, vendor: Vendor, glued: _Glued, name: str | None) -> str | None:
    """hrDeviceDescr where it names a model, else prtGeneralPrinterName (a host name on some), else the vendor's own
    place, else the beginning of sysDescr where that is more than "a printer"."""
    device = printer_device(facts)
    described = _bare(facts.text((*m.HR_DEVICE_DESCR, *device)), glued)
    if described and not _GENERIC.search(described) and described != name:
        return described
    named = _bare(facts.text((*m.GENERAL_NAME, *device)), glued)
    if named and named != name:
        return named
    if own := _first(facts, vendor.models):
        return own
    system = _bare(facts.text(m.SYS_DESCR), glued)
    return system if system and not (_GENERIC.search(system) or _CARD.search(system)) else described


def _bare(text: str | None, glued: _Glued) -> str | None:
    """The text up to the firmware, the serial number or the first semicolon: some agents glue these to the model."""
    if not text:
        return None
    bare = text.split(";")[0]
    # Dell's serial number has a suffix that its description leaves out: 7XQ1R92-132-13.
    stem = (glued.serial or "").split("-")[0]
    if len(stem) >= _LEAST_SERIAL and stem in bare:
        bare = bare.split(stem)[0]
    bare = bare.strip(_BETWEEN)
    if glued.firmware and "." in glued.firmware:  # without a dot it may be the model's own number
        bare = bare.removesuffix(f" {glued.firmware}").strip(_BETWEEN)
    return bare or None


def _mac(facts: Facts) -> str | None:
    """The first interface that is up and has an address, else the first that has one."""
    found = [(index, mac_text(facts.octets((*m.IF_PHYS_ADDRESS, *index)) or b"")) for index in interfaces(facts)]
    up = [mac for index, mac in found if mac and facts.number((*m.IF_OPER_STATUS, *index)) == _UP]
    return next(iter(up), None) or next((mac for _, mac in found if mac), None)
