"""Samsung, and HP's, Xerox's and Dell's devices of its make.

Sources: GLPI-agent's MibSupport and LibreNMS (model, firmware, serial, sysDescr), a template (toner), public notes on
two HP Laser MFP of Samsung's make, held there against the devices' own pages (pages by function: a table of categories
whose rows are parts).
"""

import re

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.counts import CountTable, RowName
from services.collector.vendors.levels import LevelTable
from services.collector.vendors.table import Vendor, at, brand, enterprise, within

_A = "236.11.5.1.1.1"
_X = "236.11.5.11.53"
_CATEGORIES: dict[RowName, str] = {1: "print", 2: "copy", 6: "report", 5: "scan", 11: "scan"}
_VERSION = (
    r"(?:;\s*(?=V)|\bOS\s+)(V?\d[\d.]*\d)"  # "; V3.00.01.18 NOV-07-2012", "; V11.01.05.15_06-24-2015;", "OS 1.29"
)

SAMSUNG = Vendor(
    "samsung",
    "Samsung",
    (enterprise("236.11.5"), enterprise("236")),
    # HP's own agents do not end sysDescr in "S/N".
    claims=re.compile(r"^\s*(?:samsung\b|hp (?:color )?laser (?:mfp )?\d+\w*.*;.*\bS/N\b)", re.IGNORECASE),
    probe=enterprise(f"{_A}.4.0"),
    brands=(
        brand("hp|hewlett[- ]packard", "HP"),
        brand("xerox|phaser|workcentre", "Xerox"),
        brand("dell", "Dell"),
        brand("ricoh", "Ricoh"),
    ),
    serials=(at(f"{_A}.4.0", "samsung serial"), within(SYS_DESCR, r"\bS/N\s+(\S+)", "S/N in sysDescr")),
    # Padded to sixteen characters on some: "0X00BKAA000000X."
    serial_form=re.compile(r"^(\w{8,})\.+$"),
    models=(
        at(f"{_A}.1.0", "samsung model"),
        at(f"{_X}.31.1.4.0", "samsung model, syncthru"),
        # "Samsung Samsung XY-12x Series; V3.00…", "Samsung XY-1234 Series OS 1.29… 06-17-2008;Engine …"
        within(SYS_DESCR, r"^(?:Samsung (?=Samsung))?([^;]+?)(?: Series)?(?: OS \d[^;]*)?;", "model in sysDescr"),
    ),
    firmware=(at(f"{_A}.2.0", "samsung firmware"), within(SYS_DESCR, _VERSION, "version in sysDescr")),
    count_tables=(
        CountTable(
            "samsung by category",
            enterprise(f"{_X}.11.2.1.7"),
            _CATEGORIES,
            names=enterprise(f"{_X}.11.2.1.2"),
            group="categories",
            sums=True,
        ),
    ),
    level_tables=(LevelTable(enterprise(f"{_X}.61.5.2.1.13.1")),),
)
