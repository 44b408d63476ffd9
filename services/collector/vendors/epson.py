"""Epson. Sources: GLPI-agent's MibSupport (serial, model, table of versions); public notes on an AM-C550 and a
WF-C17590, held there against the devices' own pages (counters by colour and function), and on an L18050 (pages by
paper, serial and firmware in the table of versions); several templates and checks (the maintenance box, and the first
of these too).

e.1.2.2.2.1.1 is a table of versions: column 2 the value, column 3 its name. Row 2 is the serial number ("Serial No");
the firmware stands in row 4 or 3, and in row 1 where these are missing.
"""

from typing import Any

from services.collector.mib.names import CLASS_RECEPTACLE
from services.collector.mib.oids import SYS_DESCR, dotted
from services.collector.mib.text import unhexed
from services.collector.mib.values import percent, supply_state
from services.collector.read.facts import Facts, number_of
from services.collector.vendors.counts import CountTable, RowName
from services.collector.vendors.sums import left
from services.collector.vendors.table import Vendor, at, beginning, counts, device_id, enterprise, within

_E = "1248.1.2.2"
_ID = f"{_E}.1.1.1.1.1"
_VERSION = f"{_E}.2.1.1.2.1"
# What is left of each ink and of the maintenance box, in percent, and its name.
_LEFT, _NAMES = enterprise(f"{_E}.28.1.1.2"), enterprise(f"{_E}.28.1.1.5")
_PAPER_NAMES = enterprise(f"{_E}.6.1.1.2")
_PAPERS = ("a3", "a4", "a5", "a6", "b4", "b5", "letter", "legal", "envelope")
_SERIAL = r"^(?!.*epson)(\S+)$"  # some tell their name there


def _papers(prefix: str = "") -> dict[RowName, str]:
    return {**{paper: prefix + paper for paper in _PAPERS}, "other": f"{prefix}other_paper"}


def _maintenance_box(facts: Facts, reading: dict[str, Any]) -> None:
    """A row of its own for the box, which many leave out of the standard table."""
    supplies = reading["supplies"]
    if any(one["type"] == "wasteInk" or _is_box(one["description"]) for one in supplies):
        return
    for cell in facts.rows.get(_LEFT, ()):
        index = cell.oid[len(_LEFT) :]
        name, share = unhexed(facts.text((*_NAMES, *index)) or ""), percent(number_of(cell), 100)
        if _is_box(name) and share is not None:
            supplies.append(
                {
                    "index": f"box.{index[-1]}", "type": "wasteInk", "color": None, "description": name,
                    "unit": None, "max": None, "level": None, "percent": share,
                    "state": supply_state(share, 100, CLASS_RECEPTACLE), "oid": dotted(cell.oid),
                }
            )  # fmt: skip


def _is_box(name: str | None) -> bool:
    return "maintenance" in (name or "").lower()


EPSON = Vendor(
    "epson",
    "EPSON",
    (enterprise("1248.1.1.2"), enterprise("1248")),
    claims=beginning("epson"),
    probe=enterprise(f"{_E}.1.1.1.5.1"),
    serials=(
        within(enterprise(f"{_E}.1.1.1.5.1"), _SERIAL, "epson serial"),
        within(enterprise(f"{_VERSION}.2"), _SERIAL, "epson serial, versions"),
        within(enterprise("1248.1.1.3.1.1.33.0"), _SERIAL, "epson serial, card"),
    ),
    models=(
        at(f"{_E}.1.1.1.2.1", "epson model"),
        at("1248.1.1.3.1.3.8.0", "epson model, card"),
        device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),
    ),
    firmware=(
        *(at(f"{_VERSION}.{row}", f"epson version {row}") for row in (4, 3, 1)),
        within(SYS_DESCR, r"^EPSON \S.* (\d+\.\d+)$", "version in sysDescr"),
    ),
    counts=(
        *counts("epson by color", f"{_E}.27.1.1", {"30.1.1": "total", "3.1.1": "mono", "4.1.1": "color"}),
        *counts("epson by function", f"{_E}.27.6.1", {"4.1.1.1": "print", "4.1.1.2": "copy"}),
        *counts("epson by function, color", f"{_E}.27.6.1", {"5.1.1.1": "print_color", "5.1.1.2": "copy_color"}),
    ),
    count_tables=(
        CountTable("epson by paper", enterprise(f"{_E}.6.1.1.4"), _papers(), _PAPER_NAMES, group="papers"),
        CountTable(
            "epson by paper, color", enterprise(f"{_E}.6.1.1.5"), _papers("color_"), _PAPER_NAMES, group="papers"
        ),
    ),
    columns=(_LEFT, _NAMES),
    countings=(left("print_mono", "print", "print_color"), left("copy_mono", "copy", "copy_color")),
    refiners=(_maintenance_box,),
)
