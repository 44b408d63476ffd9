"""Kyocera, UTAX, Triumph-Adler, Copystar, Olivetti. Sources: recorded walks, GLPI-agent's MibSupport and its sysobject
definitions, LibreNMS, public notes on a TASKalfa 6052ci held against the device's own pages (counters by function).

prtMarkerLifeCount counts more than pages (61244 against 60994 on a P3055dn, where the pages by paper size and the
simplex and duplex pages add up to the latter): the total on the panel is 43.10.1.1.12.
"""

from typing import Any

from services.collector.mib.oids import dotted
from services.collector.mib.values import plain
from services.collector.read.facts import Facts
from services.collector.vendors.counts import Count, CountTable, RowName
from services.collector.vendors.sums import added, colors
from services.collector.vendors.table import Vendor, at, beginning, brand, counts, device_id, enterprise

_K = "1347"
_ID = f"{_K}.40.1.1.1.8.1"
_PAPERS: dict[RowName, str] = {
    "a3": "a3", "a4": "a4", "a5": "a5", "a6": "a6", "b4": "b4", "b5": "b5", "folio": "folio", "ledger": "ledger",
    "legal": "legal", "letter": "letter", "statement": "statement", "banner1": "banner", "other1": "other_paper",
    "other2": "other_paper",
}  # fmt: skip
_MONO, _COLOR = enterprise(f"{_K}.42.2.2.1.1.3.1.1"), enterprise(f"{_K}.42.2.2.1.1.3.1.2")
_KINDS = {"1": "mono", "2": "single_color", "3": "full_color"}
_FUNCTIONS = {"1": "print", "2": "copy", "4": "fax"}


def _colors(facts: Facts, counters: dict[str, Any]) -> None:
    """Mono and colour of all functions. Printers keep them in two OIDs that hold other things on multifunction devices
    (FusionInventory issue 638, GLPI-agent issue 382): taken where they add up to a total that the device tells. Else
    the functions' counters are added up, under the same condition."""
    totals = {counters[key]["value"] for key in ("total", "total_vendor", "marker_1") if key in counters}
    mono, color = plain(facts.number(_MONO)), plain(facts.number(_COLOR))
    if mono is not None and color is not None and mono + color in totals:
        rule = "kyocera by color"
        found = {"mono": (mono, dotted(_MONO), rule), "color": (color, dotted(_COLOR), rule)}
    else:
        found = {"mono": _sum(counters, ("mono",)), "color": _sum(counters, ("single_color", "full_color"))}
        if sum(value for value, _, _ in found.values()) not in totals:
            return
    for key, (value, oid, rule) in found.items():
        if oid:
            counters.setdefault(key, {"value": value, "oid": oid, "rule": rule, "unit": "impressions"})


def _sum(counters: dict[str, Any], kinds: tuple[str, ...]) -> tuple[int, str, str]:
    parts = [counters[key] for function in _FUNCTIONS.values() for kind in kinds
             if (key := f"{function}_{kind}") in counters]  # fmt: skip
    oid = parts[0]["oid"] if parts else ""
    return sum(part["value"] for part in parts), oid, f"kyocera by function and color, {len(parts)} added"


KYOCERA = Vendor(
    "kyocera",
    "Kyocera",
    (enterprise("1347.41"), enterprise("1347")),
    claims=beginning("kyocera|utax|ta triumph|triumph|copystar"),
    probe=enterprise(f"{_K}.43.5.1.1.1.1"),
    makers=(device_id(_ID, "MFG|MANUFACTURER", "IEEE 1284 device id"),),
    brands=(
        brand("utax", "UTAX"),
        brand("ta triumph|triumph[- ]?adler|TA", "TRIUMPH-ADLER"),
        brand("copystar", "Copystar"),
        brand("olivetti", "Olivetti"),
    ),
    serials=(
        at(f"{_K}.43.5.1.1.28.1", "kyocera serial"),
        device_id(_ID, "SN|SERN|SER", "IEEE 1284 device id"),
    ),
    models=(at(f"{_K}.43.5.1.1.1.1", "kyocera model"), device_id(_ID, "MDL|MODEL", "IEEE 1284 device id")),
    firmware=(at(f"{_K}.43.5.4.1.5.1.1", "kyocera firmware"),),
    names=(at(f"{_K}.40.10.1.1.5.1", "kyocera host name"),),
    counts=(
        Count("total", enterprise(f"{_K}.43.10.1.1.12.1.1"), "kyocera total", replaces=True),
        *counts("kyocera by sides", f"{_K}.42.2.5.1.1", {"1.1": "simplex", "2.1": "duplex"}, group="sides"),
        *counts("kyocera by function", f"{_K}.42.3.1.1.1.1", _FUNCTIONS, group="functions"),
        *counts(
            "kyocera by function and color",
            f"{_K}.42.3.1.2.1.1",
            {f"{f}.{k}": f"{function}_{kind}" for f, function in _FUNCTIONS.items() for k, kind in _KINDS.items()},
            group="functions by color",
        ),
        *counts("kyocera scans", _K, {"46.10.1.1.5.3": "scan", "42.3.1.3.1.1.2": "scan_copy",
                                      "42.3.1.3.1.1.4": "scan_fax", "42.3.1.4.1.1.1": "scan_other"}, group="scans"),
    ),
    count_tables=(
        CountTable(
            "kyocera by paper size",
            enterprise(f"{_K}.42.2.1.1.1.6"),
            _PAPERS,
            enterprise(f"{_K}.42.2.1.1.1.2"),
            group="papers",
            sums=True,
        ),
    ),
    asks=(_MONO, _COLOR),
    countings=(_colors, *colors("print", "copy", "fax"), added("scan", ("scan_copy", "scan_other"), ("scan_fax",))),
)  # fmt: skip
