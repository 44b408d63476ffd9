"""What printing does in one tick: counters rise, supplies and paper fall, empty ones are replaced after a while."""

from lab.fleet.alerts import refresh
from lab.fleet.device import Device
from lab.fleet.dice import between, dice

# Ticks that an empty supply stays in the device before someone replaces it.
TICKS_EMPTY = 3
COLORED = frozenset(("cyan", "magenta", "yellow"))


def tick(device: Device, number: int) -> None:
    """Advance one device by the tick of this number; the amounts follow from seed, device and number."""
    least, most = device.model.pages_a_tick
    pages = between(least, most, device.seed, device.n, 50, number)
    before = _shown(device)
    stopped = any(row.severity == 3 for row in device.alerts.values())
    device.printing = pages > 0 and not stopped
    if device.printing:
        _print(device, pages, number)
    _replace(device, number)
    _fill_trays(device)
    if _shown(device) != before:
        refresh(device)


def _shown(device: Device) -> tuple[object, ...]:
    return device.total, device.printing, tuple(map(int, device.levels)), tuple(device.tray_levels)


def _print(device: Device, pages: int, number: int) -> None:
    color = pages * (dice(device.seed, device.n, 51, number) % 101) // 100 if device.model.color else 0
    device.total += pages
    device.color += color
    if device.model.duplex:
        device.duplex += pages * (dice(device.seed, device.n, 52, number) % 61) // 100
    if device.model.functions:
        device.copies += pages // 4
    for at, row in enumerate(device.model.supplies):
        used = color if row.color in COLORED else pages
        device.levels[at] = max(0.0, device.levels[at] - used * row.size / row.pages)
    for at, tray in enumerate(device.model.trays):
        if tray.level is None:
            device.tray_levels[at] = max(0, device.tray_levels[at] - pages)
            break


def _replace(device: Device, number: int) -> None:
    for at, row in enumerate(device.model.supplies):
        if device.levels[at] >= 1:
            device.empty_since.pop(at, None)
        elif number - device.empty_since.setdefault(at, number) >= TICKS_EMPTY:
            device.levels[at] = float(row.size)
            del device.empty_since[at]


def _fill_trays(device: Device) -> None:
    """Fill a tray one tick after it ran empty."""
    for at, tray in enumerate(device.model.trays):
        if tray.level is not None:
            continue
        key = -1 - at
        if device.tray_levels[at]:
            device.empty_since.pop(key, None)
        elif key in device.empty_since:
            device.tray_levels[at] = tray.capacity
            del device.empty_since[key]
        else:
            device.empty_since[key] = 0
