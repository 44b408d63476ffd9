"""The rows that a model answers from the standard MIBs: RFC 3418, RFC 2863, RFC 2790 and RFC 3805."""

from typing import TYPE_CHECKING

from lab.fleet import tree as t
from lab.fleet.ber import INTEGER, OCTETS

if TYPE_CHECKING:
    from lab.fleet.model import Model

SYSTEM = "1.3.6.1.2.1.1"
INTERFACES = "1.3.6.1.2.1.2"
IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
DEVICE_ENTRY = "1.3.6.1.2.1.25.3.2.1"
PRINTER_ENTRY = "1.3.6.1.2.1.25.3.5.1"
DEVICE_PRINTER = "1.3.6.1.2.1.25.3.1.5"
DEVICE_NETWORK = "1.3.6.1.2.1.25.3.1.4"
PRINTER_MIB = "1.3.6.1.2.1.43"
ALERT_ENTRY = f"{PRINTER_MIB}.18.1.1"

SYS_OBJECT_ID = f"{SYSTEM}.2.0"


def build(model: "Model") -> t.Tree:
    """Return all static rows of a model."""
    rows = t.Rows()
    _system(rows, model)
    _interfaces(rows, model)
    _host_resources(rows, model)
    if model.printer_mib:
        _general(rows, model)
        _paths(rows, model)
        _marking(rows, model)
        for number in range(2, 10):
            rows.columns.add(t.oid(f"{ALERT_ENTRY}.{number}"))
    for row, cell in model.extra.items():
        column, _, index = row.rpartition(".")
        rows.cell(column, index, cell)
    return t.Tree(rows, t.oid(ALERT_ENTRY))


def _local(model: "Model", value: str) -> t.Cell:
    filled = value.replace("{model}", model.name)
    return t.live_text(filled) if "{" in filled else t.text(filled, model.encoding)


def _system(rows: t.Rows, model: "Model") -> None:
    system: dict[int, t.Cell] = {
        1: _local(model, model.description),
        2: t.name(model.object_id),
        3: t.UPTIME,
        4: t.text("facilities@lab.example"),
        5: t.live_text("{name}"),
        6: t.live_text("{location}"),
        7: t.integer(72),
    }
    for number, cell in system.items():
        rows.scalar(f"{SYSTEM}.{number}", cell)


def _interfaces(rows: t.Rows, model: "Model") -> None:
    """A loopback without and an Ethernet interface with a physical address."""
    rows.scalar(f"{INTERFACES}.1", t.integer(2))
    interfaces: tuple[tuple[str, str, int, int, t.Cell], ...] = (
        ("1", "lo", 24, 10_000_000, t.text(b"")),
        ("2", "eth0", 6, 1_000_000_000, t.Live(OCTETS, "mac")),
    )
    for index, title, kind, speed, address in interfaces:
        rows.table(
            f"{INTERFACES}.2.1",
            index,
            {
                1: t.integer(int(index)),
                2: t.text(title),
                3: t.integer(kind),
                4: t.integer(1500),
                5: t.gauge(speed),
                6: address,
                7: t.integer(1),
                8: t.integer(1),
            },
        )
        if model.wide_counters:
            rows.table(IF_X_ENTRY, index, {1: t.text(title), 6: t.counter64(2**33), 10: t.counter64(2**34)})


def _host_resources(rows: t.Rows, model: "Model") -> None:
    described = _local(model, model.host_description)
    rows.table(
        DEVICE_ENTRY,
        "1",
        {
            1: t.integer(1),
            2: t.name(DEVICE_PRINTER),
            3: described,
            4: t.name("0.0"),
            5: t.live_integer("device_status"),
            6: t.counter(0),
        },
    )
    rows.table(
        DEVICE_ENTRY,
        "2",
        {
            1: t.integer(2),
            2: t.name(DEVICE_NETWORK),
            3: t.text("Network Controller"),
            4: t.name("0.0"),
            5: t.integer(2),
            6: t.counter(0),
        },
    )
    rows.table(PRINTER_ENTRY, "1", {1: t.live_integer("printer_status"), 2: t.Live(OCTETS, "error_state")})


def _general(rows: t.Rows, model: "Model") -> None:
    cells: dict[int, t.Cell] = {
        1: t.live_counter("config_changes"),
        2: t.integer(1),
        3: t.integer(3),
        6: t.integer(1),
        7: t.integer(1),
        8: t.integer(1),
        9: t.integer(1),
        10: t.integer(1),
        11: t.integer(len(model.console)),
        12: t.integer(40),
        13: t.integer(4),
        16: _local(model, model.printer_name),
        18: t.live_counter("critical_alerts"),
        19: t.live_counter("all_alerts"),
    }
    if model.standard_serial is not None:
        cells[17] = _local(model, model.standard_serial)
    rows.table(f"{PRINTER_MIB}.5.1.1", "1", cells)
    if model.charset is not None:
        rows.table(
            f"{PRINTER_MIB}.7.1.1",
            "1.1",
            {2: t.text(model.language), 3: t.text(model.country), 4: t.integer(model.charset)},
        )


def _paths(rows: t.Rows, model: "Model") -> None:
    """Covers, inputs, outputs and the console."""
    for number, cover in enumerate(model.covers, 1):
        rows.table(f"{PRINTER_MIB}.6.1.1", f"1.{number}", {2: _local(model, cover), 3: t.integer(4)})
    for number, tray in enumerate(model.trays, 1):
        rows.table(
            f"{PRINTER_MIB}.8.2.1",
            f"1.{number}",
            {
                2: t.integer(tray.type),
                3: t.integer(4),
                8: t.integer(8),
                9: t.integer(tray.capacity),
                10: t.live_integer("tray", str(number - 1)) if tray.level is None else t.integer(tray.level),
                11: t.live_integer("tray_status", str(number - 1)),
                12: t.text(tray.media, model.encoding),
                13: t.text(tray.name, model.encoding),
                18: t.text(tray.description or tray.name, model.encoding),
            },
        )
    for number, output in enumerate(model.outputs, 1):
        rows.table(
            f"{PRINTER_MIB}.9.2.1",
            f"1.{number}",
            {
                2: t.integer(3),
                3: t.integer(8),
                4: t.integer(250),
                5: t.integer(-3),
                6: t.integer(0),
                7: t.text(output, model.encoding),
                12: t.text(output, model.encoding),
            },
        )
    for number in range(1, len(model.console) + 1):
        rows.table(f"{PRINTER_MIB}.16.5.1", f"1.{number}", {2: t.Live(OCTETS, "console", str(number - 1))})


def _marking(rows: t.Rows, model: "Model") -> None:
    """Markers, supplies and colorants."""
    for number, marker in enumerate(model.markers, 1):
        colors = len({row.color for row in model.supplies if row.marker == number and row.color})
        rows.table(
            f"{PRINTER_MIB}.10.2.1",
            f"1.{number}",
            {
                2: t.integer(marker.technology),
                3: t.integer(marker.unit),
                4: t.live_counter("counter", marker.counts),
                5: t.live_counter("since_power_on", marker.counts),
                6: t.integer(colors),
                7: t.integer(0),
                15: t.integer(0),
            },
        )
    for number, supply in enumerate(model.supplies):
        rows.table(
            f"{PRINTER_MIB}.11.1.1",
            supply.index,
            {
                2: t.integer(supply.marker),
                3: t.integer(supply.colorant),
                4: t.integer(supply.supply_class),
                5: t.integer(supply.type),
                6: t.text(supply.description, model.encoding),
                7: t.integer(supply.unit),
                8: t.integer(supply.maximum),
                9: t.Live(INTEGER, "supply", str(number)) if supply.level is None else t.integer(supply.level),
            },
        )
    colorants = {row.colorant: row for row in model.supplies if row.colorant and row.color}
    for number, supply in sorted(colorants.items()):
        rows.table(
            f"{PRINTER_MIB}.12.1.1",
            f"1.{number}",
            {2: t.integer(supply.marker), 3: t.integer(3), 4: t.text(supply.color or ""), 5: t.integer(256)},
        )
