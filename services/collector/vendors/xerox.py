"""Xerox. Sources: recorded walks (device id), GLPI-agent's MibSupport, XEROX-HOST-RESOURCES-EXT-MIB, templates,
a meter program (names of the counters).

The counters are by group (6.1 all, 6.11 copies, 6.10 scans). The total of group 6.1 lags behind the life count on some
(GLPI-agent issue 1155), so the standard total stands. Phaser and WorkCentre 3xxx are of Samsung's make and answer in
Samsung's tree.
"""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.table import Vendor, at, beginning, brand, counts, device_id, enterprise, within

_X = "253.8"
_ID = f"{_X}.51.1.2.1.20.1"
_SAMSUNG = "236.11.5.1.1.1"

XEROX = Vendor(
    "xerox",
    "Xerox",
    (enterprise("253.8.62.1"), enterprise("253")),
    claims=beginning("xerox"),
    brands=(brand("fuji ?xerox", "Fuji Xerox"), brand("fujifilm", "FUJIFILM")),
    probe=enterprise(_ID),
    serials=(
        device_id(_ID, "SN|SERN", "IEEE 1284 device id"),
        at(f"{_X}.53.3.2.1.3.1", "xerox serial"),
        at(f"{_SAMSUNG}.4.0", "samsung serial"),
        within(SYS_DESCR, r";SN (\w+)", "SN in sysDescr"),
    ),
    models=(
        device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),
        at(f"{_SAMSUNG}.1.0", "samsung model"),
        within(SYS_DESCR, r"^(Xerox [^;,(]+?)(?: v\(|[;,]|$)", "model in sysDescr"),
    ),
    firmware=(
        within(SYS_DESCR, r"\bSystem(?: Software)? (?:Version )?(\d[\w.]+)", "system software in sysDescr"),
        within(SYS_DESCR, r"\bSS (\d[\w.]+)", "system software in sysDescr"),
        within(SYS_DESCR, r"\bESS ?(?:PS)?(\d[\w.]+)", "controller (ESS) in sysDescr"),
        at(f"{_SAMSUNG}.2.0", "samsung firmware"),
        within(SYS_DESCR, r"\b(?:OS|Controller) (\d[\w.]+)", "controller in sysDescr"),
    ),
    counts=(
        *counts("xerox usage counter", f"{_X}.53.13.2.1.6", {
            "1.20.1": "total", "1.20.33": "color", "1.20.34": "mono", "1.20.7": "print_mono", "1.20.29": "print_color",
            "1.20.43": "color_large", "1.20.44": "mono_large", "1.20.47": "large", "1.20.71": "fax",
            "1.20.39": "duplex_sheets",
            "11.20.3": "copy_mono", "11.20.25": "copy_color", "10.20.11": "scan_mail", "10.20.12": "scan_network",
        }),
        *counts("xerox usage counter, older models", f"{_X}.53.13.2.1.8", {
            "1.20.7": "print_mono", "1.20.34": "mono", "103.20.3": "copy", "104.20.14": "fax",
        }),
    ),
)  # fmt: skip
