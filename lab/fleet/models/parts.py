"""Supplies that many models share."""

from lab.fleet.model import BLACK, CYAN, MAGENTA, YELLOW, Supply

TONER, WASTE_TONER, INK_CARTRIDGE, WASTE_INK, DRUM, DEVELOPER, FUSER, TRANSFER = 3, 4, 6, 8, 9, 10, 15, 20
CARTRIDGE, STAPLES = 21, 32
PAGES, PERCENT, TENTH_ML = 7, 19, 15
COLORS = (BLACK, CYAN, MAGENTA, YELLOW)


def set_of_four(
    names: tuple[str, str, str, str],
    kind: int,
    maximum: int,
    pages: int,
    unit: int = PERCENT,
    first: int = 1,
    device: int = 1,
) -> tuple[Supply, ...]:
    """Return black, cyan, magenta, yellow at `device`.`first` and the three after it, joined to colorants 1 to 4."""
    return tuple(
        Supply(f"{device}.{first + at}", name, kind, maximum, pages, unit, color, at + 1)
        for at, (name, color) in enumerate(zip(names, COLORS, strict=True))
    )


def worn(index: str, name: str, kind: int, pages: int, maximum: int | None = None, unit: int = PAGES) -> Supply:
    """Return a part that wears out, counted in pages unless told otherwise."""
    return Supply(index, name, kind, pages if maximum is None else maximum, pages, unit)


def waste_box(
    index: str, name: str, pages: int, maximum: int = -2, level: int | None = -3, kind: int = WASTE_TONER
) -> Supply:
    """Return a receptacle; most agents know only that there is room (-3) and no limit (-2)."""
    return Supply(index, name, kind, maximum, pages, PERCENT, supply_class=4, level=level)
