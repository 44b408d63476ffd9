"""Serial numbers: the form in which they are compared, and the ones that are no serial numbers at all."""

import re
import unicodedata
from dataclasses import dataclass

MAX_LENGTH = 255
"""The width of GLPI's column; GLPI 10 cuts longer serials off, so the comparison does too."""

_DROPPED = {"Cc", "Cf", "Cs"}  # control (NUL too), format (zero-width blanks, byte order marks), surrogates


def normal_form(serial: str | None) -> str:
    """`serial` as it is compared: NFC, without control and format characters, without blanks around, upper case.

    Empty when nothing is left. Case and blanks differ between what devices tell, what agents store and what people
    type; accents, zeros in front and marks within the serial do not, so they count.
    """
    if not serial:
        return ""
    text = unicodedata.normalize("NFC", serial[: MAX_LENGTH * 4])
    text = "".join(char for char in text if unicodedata.category(char) not in _DROPPED)
    return unicodedata.normalize("NFC", text.strip().upper())[:MAX_LENGTH].rstrip()


@dataclass(frozen=True)
class Placeholder:
    """What stands where a serial should: a pattern over the whole normal form, and what it is in words."""

    pattern: re.Pattern[str]
    reason: str


def _row(pattern: str, reason: str) -> Placeholder:
    return Placeholder(re.compile(pattern), reason)


PLACEHOLDERS: tuple[Placeholder, ...] = (
    _row(r"[0.\-_ ]*0[0.\-_ ]*", "only zeros"),
    _row(r"[\W_]+", "no letter and no digit"),
    _row(r"(.)\1{4,}", "one character repeated"),
    _row(r"1|X+|N{3,}", "one character for nothing"),
    _row(r"0?12345(6(7(8(90*(1234567)?)?)?)?)?", "digits counted up"),
    _row(r"(SN|SYS|MB)-(12345(67890)?|9876543210|123456FVGV3I0B8O5N6N7K)", "a factory default"),
    _row(r"TO BE FILLED( BY O\.?E\.?M\.?.*)?", "a factory default"),
    _row(r"DEFAULT( STRING)?|SYSTEM SERIAL NUMBER|SERIAL ?(NUMBER|NO\.?)?( X+)?|TULIP COMPUTERS|EVAL|IATPASS",
         "a factory default"),
    _row(r"N/?A|NONE|NULL|\(NULL STRING\)|UNKNOWN?|UNDEFINED|INVALID|EMPTY|BLANK", "a word for nothing"),
    _row(r"NOT (SPECIFIED|AVAILABLE|APPLICABLE|SET)", "a word for nothing"),
    _row(r"NPI[0-9A-F]{6}", "the device's network name"),
)  # fmt: skip
"""Seen on printers, and what GLPI's own blacklist of serials holds (glpi_blacklists, type 3)."""


def placeholder_reason(normal: str) -> str | None:
    """Why a serial in normal form is no serial; None when it is one (or empty)."""
    for row in PLACEHOLDERS:
        if normal and row.pattern.fullmatch(normal):
            return row.reason
    return None
