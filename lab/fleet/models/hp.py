"""HP: a mono laser with the PML tree (charset octets before, NUL after each text) and an OfficeJet without it."""

from lab.fleet.ber import OCTETS
from lab.fleet.model import BLACK, Marker, Model, Supply, Tray
from lab.fleet.models.parts import CARTRIDGE, FUSER, INK_CARTRIDGE, PAGES, set_of_four, worn
from lab.fleet.tree import Live, live_counter, live_text

_PML = "1.3.6.1.4.1.11.2.3.9.4.2.1"
_ID = "1.3.6.1.4.1.11.2.3.9.1.1.7.0"


def _pml(template: str) -> Live:
    return Live(OCTETS, "hp_text", template)


LASERJET = Model(
    key="hp-laserjet",
    vendor="hp",
    manufacturer="HP",
    name="HP LaserJet Pro M404dn",
    object_id="1.3.6.1.4.1.11.2.3.9.1",
    description="HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24180009,CIDATE 03/21/2022",
    serial="VN{AA}K{n}",
    host_description="{model}\x00",
    printer_name="{name}\x00",
    standard_serial="{serial}\x00",
    supplies=(
        Supply("1.1", "Black Cartridge HP CF258X\x00", CARTRIDGE, 10_000, 10_000, PAGES, BLACK, 1),
        worn("1.2", "Maintenance Kit HP 110V-F2G76A, 220V-F2G77A\x00", FUSER, 225_000),
    ),
    trays=(Tray("Tray 1", 100, "na_letter_8.5x11in", -3, 5), Tray("Tray 2", 550, "iso_a4_210x297mm")),
    charset=2004,
    encoding="latin-1",
    console=("Ready           ", "                "),
    extra={
        f"{_PML}.1.3.2.0": _pml("HP LaserJet Pro M404dn"),
        f"{_PML}.1.3.3.0": _pml("{serial}"),
        f"{_PML}.1.3.5.0": _pml("20220321"),
        f"{_PML}.1.3.6.0": _pml("2411A_002"),
        f"{_PML}.4.1.2.5.0": live_counter("counter", "life"),
        f"{_PML}.4.1.2.6.0": live_counter("counter", "mono"),
        f"{_PML}.4.1.2.22.0": live_counter("counter", "duplex"),
        _ID: live_text(
            "MFG:HP;CMD:PJL,PML,PCLXL,POSTSCRIPT;MDL:HP LaserJet Pro M404dn;CLS:PRINTER;SN:{serial};FW:2411A_002;"
        ),
    },
)

OFFICEJET = Model(
    key="hp-officejet",
    vendor="hp",
    manufacturer="HP",
    name="HP OfficeJet Pro 8612",
    object_id="1.3.6.1.4.1.11.2.3.9.1",
    description="HP ETHERNET MULTI-ENVIRONMENT,SN:{serial},FN:TH46B2M0GX,SVCID:24180,PID:HP OfficeJet Pro 8612",
    serial="CN{AA}B{n}",
    color=True,
    supplies=set_of_four(("black ink", "cyan ink", "magenta ink", "yellow ink"), INK_CARTRIDGE, 100, 2_300, device=0),
    markers=(Marker(technology=12),),
    trays=(Tray("Tray 1", 250, "any", -3),),
    covers=("Cartridge Door",),
)
