"""Octets → text. A device's declared charset often lies, so: UTF-8 strictly, then the declared one, then latin-1.

Control characters never leave here: they become blanks, runs of blanks become one. Never raises.
"""

import codecs
import re
from functools import lru_cache

from shared.text import clean

MOST_OCTETS = 8_192
MOST_KEPT, MOST_KEPT_OCTETS = 8_192, 128  # texts remembered by their octets
SHORT, LONG = 255, 2000  # the limits of ShortText and LongText in the messages

# IANA MIBenum (prtLocalizationCharacterSet) → Python's codec.
CHARSETS = {
    3: "ascii", 4: "latin-1", 5: "iso8859-2", 6: "iso8859-3", 7: "iso8859-4", 8: "iso8859-5", 9: "iso8859-6",
    10: "iso8859-7", 11: "iso8859-8", 12: "iso8859-9", 13: "iso8859-10", 17: "shift_jis", 18: "euc_jp", 38: "euc_kr",
    39: "iso2022_jp", 106: "utf-8", 109: "iso8859-13", 110: "iso8859-14", 111: "iso8859-15", 112: "iso8859-16",
    113: "gbk", 114: "gb18030", 1000: "utf-16-be", 1013: "utf-16-be", 1014: "utf-16-le", 1015: "utf-16",
    2004: "hp-roman8", 2009: "cp850", 2010: "cp852", 2011: "cp437", 2013: "cp862", 2024: "cp932", 2025: "gb2312",
    2026: "big5", 2084: "koi8-r", 2086: "cp866", 2088: "koi8-u", 2250: "cp1250", 2251: "cp1251", 2252: "cp1252",
    2253: "cp1253", 2254: "cp1254", 2255: "cp1255", 2256: "cp1256", 2257: "cp1257", 2258: "cp1258", 2259: "tis-620",
}  # fmt: skip
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
_WIDE = frozenset((1000, 1013, 1014, 1015))  # their octets are often valid UTF-8 by accident


def decoded(octets: bytes, charset: int | None = None, limit: int = SHORT) -> str | None:
    """The text, cleaned and capped; None where nothing printable is in it."""
    return (_kept if len(octets) <= MOST_KEPT_OCTETS else _decoded)(octets, charset, limit)


def _decoded(octets: bytes, charset: int | None, limit: int) -> str | None:
    octets = octets[:MOST_OCTETS]
    wide = charset in _WIDE and b"\x00" in octets
    codec = CHARSETS.get(charset or 0)
    if codec == "utf-16" and octets[:2] not in _BYTE_ORDER_MARKS:
        codec = "utf-16-be"  # RFC 2781 section 4.3; Python would take the machine's own order
    for name in (codec, "utf-8") if wide else ("utf-8", codec):
        if name is None:
            continue
        try:
            found = codecs.decode(octets, name)
            break
        except (UnicodeError, LookupError):
            continue
    else:
        found = octets.decode("latin-1")
    return clean(found, limit) or None


# A fleet says the same words again and again.
_kept = lru_cache(maxsize=MOST_KEPT)(_decoded)

_HEX = re.compile(r"(?:0x)?((?:[0-9a-f]{2}){4,})", re.IGNORECASE)


def unhexed(text: str) -> str:
    """The text that `text` spells in hexadecimal digits, where what comes out is words; else `text` itself.

    Only for places where a name is expected: a serial number may be of hexadecimal digits by itself.
    """
    found = _HEX.fullmatch(text)
    if not found:
        return text
    spelt = clean(bytes.fromhex(found.group(1)).decode("latin-1"), SHORT)
    return spelt if spelt.isascii() and re.search("[A-Za-z]", spelt) else text


# HP's PML strings begin with two octets of charset (seen in every PML string of the recorded devices).
_HP_PREFIXES = {b"\x01\x15": 2004, b"\xfd\xe8": 106}


def decoded_hp(octets: bytes, charset: int | None = None, limit: int = SHORT) -> str | None:
    """The text of an HP string, with or without HP's two octets of charset in front."""
    declared = _HP_PREFIXES.get(octets[:2])
    return decoded(octets, charset, limit) if declared is None else decoded(octets[2:], declared, limit)
