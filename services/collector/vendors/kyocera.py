"""Kyocera, UTAX, Triumph-Adler, Copystar, Olivetti. Sources: recorded walks, GLPI-agent's MibSupport and its sysobject
definitions, LibreNMS, public notes on a TASKalfa 6052ci held against the device's own pages (counters by function).

The table of papers has the name in column 2, all pages in column 6, black ones in 7, full and single colour in 8 and 9
(several public scripts): the pages with colour are those that are not black.

prtMarkerLifeCount counts more than pages (61244 against 60994 on a P3055dn, where the pages by paper size and the
simplex and duplex pages add up to the latter): the total on the panel is 43.10.1.1.12.
"""

from typing import Any

from services.collector.mib.oids import dotted
from services.collector.mib.values import plain
from services.collector.read.facts import Facts
from services.collector.vendors.counts import Count, CountTable, RowName
from services.collector.vendors.sums import added, colors, left
from services.collector.vendors.table import Vendor, at, beginning, brand, counts, device_id, enterprise

_K = "1347"
_ID = f"{_K}.40.1.1.1.8.1"
_TABLE = f"{_K}.42.2.1.1.1"
_PAPERS: dict[RowName, str] = {
    "a3": "a3", "a4": "a4", "a5": "a5", "a6": "a6", "b4": "b4", "b5": "b5", "folio": "folio", "ledger": "ledger",
    "legal": "legal", "letter": "letter", "statement": "statement", "banner1": "banner", "banner2": "banner",
    "other1": "other_paper", "other2": "other_paper",
}  # fmt: skip
_MONO, _COLOR = enterprise(f"{_K}.42.2.2.1.1.3.1.1"), enterprise(f"{_K}.42.2.2.1.1.3.1.2")
_KINDS = {"1": "mono", "2": "single_color", "3": "full_color"}
_FUNCTIONS = {"1": "print", "2": "copy", "4": "fax"}
_MONO_PAPERS: dict[RowName, str] = {name: f"mono_{paper}" for name, paper in _PAPERS.items()}
_SIZES = tuple(dict.fromkeys(_PAPERS.values()))
# rule → what of all functions is the sum of which counters
_PARTS = {
    "kyocera by function and color": {
        "mono": tuple(f"{function}_mono" for function in _FUNCTIONS.values()),
        "color": tuple(
            f"{function}_{kind}" for function in _FUNCTIONS.values() for kind in ("single_color", "full_color")
        ),
    },
    "kyocera by paper size, color": {kind: tuple(f"{kind}_{paper}" for paper in _SIZES) for kind in ("mono", "color")},
}


def _colors(facts: Facts, counters: dict[str, Any]) -> None:
    """Mono and colour of all functions. Printers keep them in two OIDs that hold other things on multifunction devices
    (FusionInventory issue 638, GLPI-agent issue 382): taken where they add up to a total that the device tells. Else
    the functions' counters are added up, else those of the papers, under the same condition."""
    totals = {counters[key]["value"] for key in ("total", "total_vendor", "marker_1") if key in counters}
    mono, color = plain(facts.number(_MONO)), plain(facts.number(_COLOR))
    if mono is not None and color is not None and mono + color in totals:
        rule = "kyocera by color"
        found = {"mono": (mono, dotted(_MONO), rule), "color": (color, dotted(_COLOR), rule)}
    else:
        sums = ({key: _sum(counters, parts, rule) for key, parts in by.items()} for rule, by in _PARTS.items())
        found = next((by for by in sums if sum(value for value, _, _ in by.values()) in totals), {})
    for key, (value, oid, rule) in found.items():
        if oid:
            counters.setdefault(key, {"value": value, "oid": oid, "rule": rule, "unit": "impressions"})


def _sum(counters: dict[str, Any], keys: tuple[str, ...], rule: str) -> tuple[int, str, str]:
    parts = [counters[key] for key in keys if key in counters]
    oid = parts[0]["oid"] if parts else ""
    return sum(part["value"] for part in parts), oid, f"{rule}, {len(parts)} added"


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
    count_tables=tuple(
        CountTable(rule, enterprise(f"{_TABLE}.{column}"), keys, enterprise(f"{_TABLE}.2"), group=rule, sums=True)
        for rule, column, keys in (
            ("kyocera by paper size", 6, _PAPERS),
            ("kyocera by paper size, black", 7, _MONO_PAPERS),
        )
    ),
    asks=(_MONO, _COLOR),
    countings=(
        *(left(f"color_{paper}", paper, f"mono_{paper}") for paper in _SIZES),
        _colors,
        *colors("print", "copy", "fax"),
        added("scan", ("scan_copy", "scan_other"), ("scan_fax",)),
    ),
)  # fmt: skip
