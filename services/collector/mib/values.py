"""Numbers → states, percentages and bits: RFC 3805's special values are states and never leave here as numbers."""

from services.collector.mib.names import (
    AVAILABILITY,
    CLASS_RECEPTACLE,
    ERROR_BITS,
    STATUS_FLAGS,
)

OTHER, UNKNOWN, SOME = -1, -2, -3  # no limit set; unknown; something is there (room, for a receptacle)
NEARLY_EMPTY = -100  # Ricoh's specification: 1 to 10 % are left; LibreNMS has seen it in the standard column too
LOW_PERCENT = 10
MOST_NUMBER = 2**63 - 1

_SPECIAL = {OTHER: "unlimited", UNKNOWN: "unknown", SOME: "some"}


def plain(number: int | None) -> int | None:
    """The number where it is one: not negative, and of at most 63 bits."""
    return number if number is not None and 0 <= number <= MOST_NUMBER else None


def percent(level: int | None, maximum: int | None) -> int | None:
    """Only where both are told and the maximum is above 0; a level above it counts as full."""
    if level is None or maximum is None or maximum <= 0 or level < 0:
        return None
    return min(100, (200 * level + maximum) // (2 * maximum))


def supply_state(level: int | None, maximum: int | None, supply_class: int | None) -> str:
    """ok, low, empty, some, unknown, unlimited; full for a receptacle without room.

    A receptacle's level is the room that is left (RFC 3805, prtMarkerSuppliesLevel); some makers tell the fill
    instead, which cannot be known from these numbers.
    """
    if level is None:
        return "unknown"
    if level == NEARLY_EMPTY and supply_class != CLASS_RECEPTACLE:
        return "low"
    if level < 0:
        return _SPECIAL.get(level, "unknown")
    share = percent(level, maximum)
    if share is None:
        return "some" if level > 0 else "unknown"  # without a maximum a 0 says nothing: whole series send it always
    if level == 0:
        return "full" if supply_class == CLASS_RECEPTACLE else "empty"
    return "low" if share <= LOW_PERCENT else "ok"


def tray_state(level: int | None, maximum: int | None) -> str:
    """ok, low, empty, some, unknown, unlimited."""
    if level == 0:
        return "empty"
    return supply_state(level, maximum, None)


def error_names(octets: bytes) -> list[str]:
    """The set bits of hrPrinterDetectedErrorState, which may be of any length, empty too. Bits without a name are
    left out."""
    return [
        name for bit, name in enumerate(ERROR_BITS) if bit // 8 < len(octets) and octets[bit // 8] & (0x80 >> bit % 8)
    ]


def sub_unit_status(number: int | None) -> str | None:
    """PrtSubUnitStatusTC in words: "idle", "unavailable, critical"; None for what is no such sum."""
    if number is None or not 0 <= number <= 126:
        return None
    words = [AVAILABILITY.get(number & 7, "unknown"), *(word for flag, word in STATUS_FLAGS if number & flag)]
    return ", ".join(words)


def mac_text(octets: bytes) -> str | None:
    """Six octets as text; None for anything else and for zeros."""
    return octets.hex(":") if len(octets) == 6 and any(octets) else None
