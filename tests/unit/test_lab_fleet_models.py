"""The models: that they are many, sound, and have the oddities that a collector must survive."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.fleet import Settings, values
from lab.fleet.agent import View
from lab.fleet.alerts import refresh
from lab.fleet.ber import OCTETS, OID, decode_oid_content, encode_oid_content, read, tlv
from lab.fleet.device import Device
from lab.fleet.fleet import make_devices
from lab.fleet.model import Model
from lab.fleet.models import MODELS
from lab.fleet.report import models
from lab.fleet.standard import ALERT_ENTRY
from lab.fleet.tree import Live, Rows, counter64, integer, oid

SUPPLY = "1.3.6.1.2.1.43.11.1.1"
SERIAL = "1.3.6.1.2.1.43.5.1.1.17.1"


DEVICES = make_devices(Settings(printers=len(MODELS)))
for alarmed in DEVICES[::2]:
    alarmed.manual_alerts = [(4, 5, 1, "one"), (3, 5, 2, "two")]
    refresh(alarmed)


def device_of(key: str) -> Device:
    return next(device for device in make_devices(Settings(printers=len(MODELS))) if device.model.key == key)


def value(device: Device, row: str) -> bytes:
    """Return the content octets that a device holds in a row."""
    tree = device.model.tree
    cell = tree.cells[tree.oids.index(oid(row))]
    element = values.read(device, cell) if isinstance(cell, Live) else cell
    start, end = read(element, 0, len(element))
    return element[start:end]


def test_there_are_many_of_different_vendors() -> None:
    assert len({model.key for model in MODELS}) == len(MODELS) >= 12
    assert len({model.vendor for model in MODELS}) >= 12


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)
def test_every_live_cell_has_a_reader_and_a_value(model: Model) -> None:
    device = device_of(model.key)
    for row, cell in zip(model.tree.oids, model.tree.cells, strict=True):
        if isinstance(cell, Live):
            values.check(cell)
            element = values.read(device, cell)
            assert element[0] == cell.tag, row
            assert read(element, 0, len(element))[1] == len(element)
            assert element[0] != OCTETS or b"{" not in element, row


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)
def test_rows_are_sorted_and_their_names_encode_them(model: Model) -> None:
    tree = model.tree
    assert tree.oids == sorted(tree.oids)
    assert [decode_oid_content(name) for name in tree.names] == tree.oids
    assert all(row < oid(ALERT_ENTRY) for row in tree.oids[: tree.gap])
    assert all(row > oid(ALERT_ENTRY) for row in tree.oids[tree.gap :])


def test_a_row_cannot_be_there_twice() -> None:
    rows = Rows()
    rows.scalar("1.3.6.1", integer(1))
    with pytest.raises(ValueError, match="two rows"):
        rows.scalar("1.3.6.1", counter64(1))


def test_serials_are_unique_and_follow_from_the_seed() -> None:
    devices = make_devices(Settings(printers=2000, seed=5))
    assert len({device.serial for device in devices}) == 2000
    assert len({device.mac for device in devices}) == 2000
    assert [device.serial for device in make_devices(Settings(printers=2000, seed=5))] == [
        device.serial for device in devices
    ]
    assert devices[0].serial != make_devices(Settings(printers=1, seed=6))[0].serial


def test_addresses_rise_from_127_16_0_1() -> None:
    devices = make_devices(Settings(printers=300))
    assert [device.ip for device in (devices[0], devices[254], devices[255])] == [
        "127.16.0.1", "127.16.0.255", "127.16.1.0",
    ]  # fmt: skip


def test_one_device_counts_beyond_31_bits() -> None:
    devices = make_devices(Settings(printers=200))
    assert sum(device.total > 2**31 for device in devices) == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)
def test_every_device_tells_its_serial_somewhere(model: Model) -> None:
    device = device_of(model.key)
    told = [
        values.read(device, cell)
        for cell in model.tree.cells
        if isinstance(cell, Live) and cell.tag == OCTETS and "{serial}" in cell.argument
    ]
    assert any(device.serial.encode() in element for element in told)


def test_the_oddities() -> None:
    hp, ricoh, lexmark = device_of("hp-laserjet"), device_of("ricoh-a3-mfp"), device_of("lexmark-mono")
    assert value(hp, "1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.3.0") == b"\x01\x15" + hp.serial.encode() + b"\x00"
    assert value(hp, SERIAL) == hp.serial.encode() + b"\x00"
    assert value(ricoh, SERIAL) == b""
    assert value(ricoh, "1.3.6.1.4.1.367.3.2.1.2.1.4.0") == ricoh.serial.encode()
    assert value(ricoh, f"{SUPPLY}.6.1.1").decode("utf-8") == "黑色碳粉"
    assert value(lexmark, "1.3.6.1.2.1.43.7.1.1.4.1.1") == b"\x04"
    assert value(lexmark, f"{SUPPLY}.6.1.1") == "Schwarze Druckkassette für große Mengen".encode("latin-1")
    assert oid(f"{SUPPLY}.9.0.4") in device_of("hp-officejet").model.tree.oids
    waste = device_of("kyocera-mono")
    assert [value(waste, f"{SUPPLY}.{column}.1.2") for column in (4, 8, 9)] == [b"\x04", b"\xfe", b"\xfd"]
    assert value(device_of("epson-inkjet"), "1.3.6.1.2.1.25.3.5.1.2.1") == b""
    assert value(device_of("sharp-a3-mfp"), "1.3.6.1.2.1.25.3.5.1.2.1") == b"\x00\x00"
    zebra = device_of("zebra-label")
    assert not any(row[:7] == oid("1.3.6.1.2.1.43") for row in zebra.model.tree.oids)
    assert value(zebra, "1.3.6.1.4.1.10642.1.9.0") == zebra.serial.encode()
    press = device_of("xerox-press")
    assert value(press, "1.3.6.1.2.1.43.10.2.1.4.1.2") == press.color.to_bytes(3, "big").lstrip(b"\x00")


def test_kyoceras_life_count_is_above_its_total() -> None:
    device = device_of("kyocera-mono")
    assert device.counters()["life"] == device.counters()["total"] + 250


def test_brothers_records_tell_percent_and_pages() -> None:
    device = device_of("brother-color")
    device.total, device.levels[0] = 1234, 56.0
    own = "1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5"
    records = value(device, f"{own}.10.0")
    assert records[:7] == bytes.fromhex("000104000004d2")
    assert records[-1] == 0xFF
    assert bytes.fromhex("6f0104") + (5600).to_bytes(4, "big") in value(device, f"{own}.8.0")
    assert value(device, f"{SUPPLY}.9.1.1") == b"\xfd"


@given(st.data())
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_what_follows_an_oid_is_the_least_row_beyond_it(data: st.DataObject) -> None:
    device = data.draw(st.sampled_from(DEVICES))
    rows = sorted([*device.model.tree.oids, *(cell[0] for cell in device.alert_cells)])
    near = data.draw(st.sampled_from(rows))
    asked = (*near[: data.draw(st.integers(2, len(near)))], *data.draw(st.lists(st.integers(0, 300), max_size=3)))
    view = View(device, 1)
    at = view.after(encode_oid_content(asked))
    following = [row for row in rows if row > asked]
    assert view.end - at == len(following)
    if following:
        assert view.head(at) == tlv(OID, encode_oid_content(following[0]))


@pytest.mark.parametrize(
    "wrong",
    [{"printers": 0}, {"tick": 0}, {"community": ""}, {"sites": ()}, {"models": ("nope",)}, {"printers": 10**9}],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Settings(**wrong)  # type: ignore[arg-type]


def test_control_lists_every_text_that_may_be_the_model() -> None:
    for device in DEVICES:
        told = models(device)
        assert told[0] == device.model.name
        assert all(text and "{" not in text and "\x00" not in text for text in told)
    assert "Generic 28C-8" in models(device_of("konica-a3-mfp"))
