"""What control tells about devices: plain dictionaries and the inventory as CSV."""

import csv
import io
from typing import Any

from lab.fleet.device import Device

# The inventory's profile for devices that speak v2c, and for those that speak v1 only.
PROFILE, PROFILE_V1 = "lab", "lab-v1"


def models(device: Device) -> list[str]:
    """Return all texts by which a device tells its model; a reader may report any of them."""
    model = device.model
    told = [
        device.fill(template.replace("{model}", model.name)).rstrip("\x00 ")
        for template in (model.host_description, model.printer_name)
        if "{name}" not in template  # a host name, as HP has it there, is no model
    ]
    return list(dict.fromkeys((model.name, *model.aliases, *told, told[0].partition(";")[0])))


def describe(device: Device, port: int) -> dict[str, Any]:
    """Return a device as control shows it; levels are those that its agent declares."""
    model = device.model
    counters = device.counters()
    return {
        "id": device.id,
        "name": device.name,
        "address": device.ip,
        "port": port,
        "community": device.community.decode(),
        "version": "2c" if 1 in model.versions else "1",
        "vendor": model.vendor,
        "manufacturer": model.manufacturer,
        "model": model.name,
        "models": models(device),
        "key": model.key,
        "serial": device.serial,
        "mac": device.mac.hex(":"),
        "total": counters["life"] & 0xFFFFFFFF if model.printer_mib and model.markers else None,
        "counters": counters,
        "supplies": [
            {
                "index": row.index,
                "level": device.declared_level(at),
                "max": row.maximum,
                "type": row.type,
                "color": row.color,
                "description": row.description,
            }
            for at, row in enumerate(model.supplies)
        ],
        "trays": [
            {
                "index": f"1.{at + 1}",
                "level": device.tray_levels[at] if row.level is None else row.level,
                "max": row.capacity,
                "name": row.name,
            }
            for at, row in enumerate(model.trays)
        ],
        "alerts": [
            {
                "index": row.index,
                "severity": row.severity,
                "group": row.group,
                "code": row.code,
                "description": row.text.decode(model.encoding),
            }
            for row in device.alerts.values()
        ],
        "behaviour": device.behaviour,
        "asked": {
            "datagrams": device.asked.datagrams,
            "pdus": device.asked.pdus,
            "polls": device.asked.polls,
            "answered": device.asked.answered,
        },
    }


def inventory(devices: list[Device], port: int, sites: tuple[str, ...], profile: str, profile_v1: str) -> str:
    """Return the fleet as CSV; devices are dealt out to the sites in turn."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("address", "port", "name", "site", "profile", "tags"))
    for at, device in enumerate(devices):
        chosen = profile if 1 in device.model.versions else profile_v1
        writer.writerow((device.ip, port, device.name, sites[at % len(sites)], chosen, device.model.vendor))
    return out.getvalue()
