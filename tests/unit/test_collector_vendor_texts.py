"""What descriptions tell: model, firmware, serial number and maker, out of texts that hold more than one."""

import pytest

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.vendors import (
    canon,
    dell,
    epson,
    konica,
    lexmark,
    oce,
    oki,
    panasonic,
    ricoh,
    samsung,
    toshiba,
    xerox,
    zebra,
)
from services.collector.vendors.table import Vendor, enterprise
from tests.support.vendors import Values, reading_of


@pytest.mark.parametrize(
    ("vendor", "described", "model", "firmware"),
    [
        (canon.CANON, "Canon iX 1234C EUR /P", "Canon iX 1234C EUR", None),
        (
            dell.DELL,
            "Dell Laser Printer 1234dn version AB.C.1 kernel 2.6 All-N-1",
            "Dell Laser Printer 1234dn",
            "AB.C.1",
        ),
        (
            dell.DELL,
            "Dell Color Laser 1234cn; Net 8.4, Controller 200001011200",
            "Dell Color Laser 1234cn",
            "200001011200",
        ),
        (
            dell.DELL,
            "Dell Laser Printer 1234cn (Net 6.2, Controller 200001011200)",
            "Dell Laser Printer 1234cn",
            "200001011200",
        ),
        (dell.DELL, "Dell  1234dn Series", "Dell 1234dn", None),
        (epson.EPSON, "EPSON AL-X1234 01.02", "EPSON AL-X1234", "01.02"),
        (lexmark.LEXMARK, "Lexmark X123  Version 1.2.3  Ethernet 10/100.", "Lexmark X123", "1.2.3"),
        (oki.OKI, "OkiLAN 12e Rev.1.2: Attached to X12 Rev.03.4: (C)", "X12", "03.4"),
        (samsung.SAMSUNG, "Samsung XY-12 Series OS 1.2.3.4 06-17-2000;Engine 1.0;S/N A", "Samsung XY-12", "1.2.3.4"),
        (samsung.SAMSUNG, "Samsung Samsung XY-1x Series; V3.0.1 NOV-07-2000;S/N A", "Samsung XY-1x", "V3.0.1"),
        (samsung.SAMSUNG, "Samsung X12;OS 1.60 Jul 08 2000;Engine 1.00:20;S/N A", "Samsung X12", "1.60"),
        (samsung.SAMSUNG, "Samsung X12; V1.2.3_06-24-2000;Engine V1.0;S/N A", "Samsung X12", "V1.2.3"),
        (
            xerox.XEROX,
            "Xerox XY Multifunction System, ESS 0.C03.04, IOT 9.0",
            "Xerox XY Multifunction System",
            "0.C03.04",
        ),
        (xerox.XEROX, "Xerox XY 123;ESS PS1.2.3,IOT 1.4.0", "Xerox XY 123", "1.2.3"),
        (xerox.XEROX, "Xerox XY 12 DX v(2.08/15.52/4.68) Printer 384MB LPM", "Xerox XY 12 DX", None),
        (ricoh.RICOH, "RICOH SP X1 v1.50 / RICOH Network Printer C model /more", "RICOH SP X1", "1.50"),
        (ricoh.RICOH, "RICOH XY 1234 1.09 / RICOH Network Printer C model / more", "RICOH XY 1234", "1.09"),
        (ricoh.RICOH, "NRG  XY1234/ZZ12d 2.01.1 / NRG Network Printer", "NRG XY1234/ZZ12d", "2.01.1"),
        (lexmark.LEXMARK, "TOSHIBA e-X12 version AB.12.3 kernel 5.4 All-N-1", "TOSHIBA e-X12", "AB.12.3"),
    ],
)
def test_model_and_firmware_out_of_a_description_that_holds_both(
    vendor: Vendor, described: str, model: str, firmware: str | None
) -> None:
    identity = reading_of(vendor, "", {}, {m.SYS_DESCR: described})["identity"]
    assert (identity["model"], identity["firmware"]) == (model, firmware)


@pytest.mark.parametrize(
    ("vendor", "values", "described", "model"),
    [
        (canon.CANON, {"1602.1.1.1.4.0": "12.34"}, "Canon iX 5000 12.34", "Canon iX 5000"),
        (canon.CANON, {"1602.1.1.1.4.0": "5000"}, "Canon iX 5000", "Canon iX 5000"),
        (zebra.ZEBRA, {"683.6.2.3.2.1.15.1": "ZTC X1"}, "Zebra Printer", "ZTC X1"),
        (zebra.ZEBRA, {}, "Zebra Printer", "Zebra Printer"),
    ],
)
def test_a_model_is_told_without_firmware_and_a_general_word_is_none(
    vendor: Vendor, values: Values, described: str, model: str
) -> None:
    identity = reading_of(vendor, "", values, {(*m.HR_DEVICE_DESCR, 1): described})["identity"]
    assert identity["model"] == model


def test_serial_numbers_out_of_descriptions() -> None:
    def serial(vendor: Vendor, described: str) -> str | None:
        found: str | None = reading_of(vendor, "", {}, {m.SYS_DESCR: described})["identity"]["serial"]
        return found

    assert serial(samsung.SAMSUNG, "Samsung X12;OS 1.6;S/N 0X12ABAB500027..") == "0X12ABAB500027"
    assert serial(xerox.XEROX, "Xerox XY 12DP;PS 4.8.0,Eng 1.1.2,OS 4.82;SN ABC123456") == "ABC123456"


@pytest.mark.parametrize(
    "described",
    [
        "XY Network Printer", "XY Laser Printer", "XY Z Printing System", "XYNet PrintServer", "OkiLAN 12",
        "Brother NC-12h, Firmware Ver.1.01  (00.01.01),MID 1", "KYOCERA Printer I/F IB-1 Ver 1.2",
        "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD1", "EPSON Built-in 11b/g/n Print Server",
    ],
)  # fmt: skip
def test_a_description_of_the_card_is_no_model(described: str) -> None:
    assert reading_of(ricoh.RICOH, "", {}, {m.SYS_DESCR: described})["identity"]["model"] is None


@pytest.mark.parametrize(
    ("root", "vendor"),
    [
        ("674.10898.2.100.100", dell.DELL), ("1129.2.3", toshiba.TOSHIBA), ("258.1", panasonic.PANASONIC),
        ("1552.3", oce.OCE), ("18334.1.2.1.2.1", konica.KONICA), ("236.11.5.1", samsung.SAMSUNG),
    ],
)  # fmt: skip
def test_roots_choose_the_vendor(root: str, vendor: Vendor) -> None:
    assert vendors.of(enterprise(root)) is vendor


@pytest.mark.parametrize(("described", "manufacturer"), [("SATO CL4NX", "SATO"), ("RISO ComColor GD7330", "RISO")])
def test_makers_without_a_table_are_named(described: str, manufacturer: str) -> None:
    vendor = vendors.of(enterprise("424242.1"), described)
    identity = reading_of(vendor, "", {}, {m.SYS_DESCR: described})["identity"]
    assert (identity["manufacturer"], identity["model"]) == (manufacturer, described)
