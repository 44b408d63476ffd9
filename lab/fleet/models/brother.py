"""Brother: a colour laser whose standard levels hide what is left (-3); its own records tell it in 1/100 percent."""

from lab.fleet.ber import OCTETS
from lab.fleet.model import BLACK, CYAN, MAGENTA, YELLOW, Model, Supply, Tray
from lab.fleet.models.parts import DRUM, TONER, waste_box, worn
from lab.fleet.tree import Live, live_text, text

_B = "1.3.6.1.4.1.2435.2.3.9.4.2.1.5"
_N = "1.3.6.1.4.1.2435.2.4.3.1240.1"

COLOR = Model(
    key="brother-color",
    vendor="brother",
    manufacturer="Brother",
    name="Brother HL-L8360CDW",
    aliases=(
        "HL-L8360CDW series",
        "HL-L8360CDW",
    ),
    object_id="1.3.6.1.4.1.2435.2.3.9.1",
    description="Brother NC-8800h, Firmware Ver.1.28  (22.02.01),MID 8C5-F1C",
    serial="E7{AAA}{n}",
    printer_name="{model} series",
    color=True,
    charset=2004,
    console=("Ready               ",),
    supplies=(
        Supply("1.1", "Black Toner Cartridge", TONER, -2, 3_000, color=BLACK, colorant=1, level=-3),
        Supply("1.2", "Cyan Toner Cartridge", TONER, -2, 1_800, color=CYAN, colorant=2, level=-3),
        Supply("1.3", "Magenta Toner Cartridge", TONER, -2, 1_800, color=MAGENTA, colorant=3, level=-3),
        Supply("1.4", "Yellow Toner Cartridge", TONER, -2, 1_800, color=YELLOW, colorant=4, level=-3),
        waste_box("1.5", "Waste Toner Box", 50_000),
        worn("1.6", "Drum Unit", DRUM, 30_000),
    ),
    trays=(Tray("MP Tray", 50, "A4", -3, 5), Tray("Tray 1", 250, "A4", -3)),
    extra={
        "1.3.6.1.4.1.2435.2.3.9.1.1.7.0": text(
            "MFG:Brother;CMD:PJL,PCL,PCLXL,URF;MDL:HL-L8360CDW series;CLS:PRINTER;CID:Brother Laser Type1;"
        ),
        f"{_B}.5.1.0": live_text("{serial}"),
        f"{_B}.5.17.0": text("ZC2202011128"),
        f"{_B}.4.5.2.0": text("Ready               "),
        f"{_B}.5.10.0": Live(OCTETS, "records", "00:life,01:mono,02:color,06:duplex"),
        f"{_B}.5.8.0": Live(OCTETS, "records", "11:life,31:1,32:1,33:1,34:1,6f:%0,70:%1,71:%2,72:%3,41:%5"),
        f"{_N}.1.0": live_text("{name}"),
    },
)
