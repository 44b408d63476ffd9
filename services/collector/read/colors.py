"""The colour of a supply: from the colorant table; from its name only where the table tells nothing: from its words,
and from the last letter of an order code."""

import re

from services.collector.mib import oids as m
from services.collector.mib.names import COLOR_WORDS, FOREIGN_COLOR_WORDS
from services.collector.read.facts import Facts
from services.collector.snmp.exchange import Oid

# Supply types that hold colour: toner, ink, inkCartridge, ribbons, wax, opc, developer, tonerCartridge, matte ones.
_COLORED = frozenset((3, 5, 6, 7, 9, 10, 12, 13, 21, 35, 36))
_WORDS = re.compile(
    r"\b(light cyan|light magenta|light gr[ae]y|photo black|matte black|black|cyan|magenta|yellow)\b", re.IGNORECASE
)
# HP's inkjets have "black ink" in the colorant table.
_KIND = re.compile(r"\s+(?:ink|toner)$")
# "TK-895C", "CK-5511K": Kyocera's, UTAX's and others' order codes.
_CODE = re.compile(r"^[A-Z]{2,3}-\d{3,4}([CMYK])$")


def color_of(facts: Facts, index: Oid, kind: int | None, description: str | None) -> str | None:
    """The colour in lower case, or None where neither the colorant table nor one unmistakable word tells it."""
    colorant = facts.number((*m.SUPPLY_COLORANT, *index))
    if colorant:
        # The device part of the index differs on some agents (.0.n for supplies, .1.n for colorants).
        for at in ((*index[:-1], colorant), (1, colorant), (colorant,)):
            value = facts.text((*m.COLORANT_VALUE, *at))
            if value:
                word = _KIND.sub("", value.lower())
                return COLOR_WORDS.get(word, word)
    if kind not in _COLORED | {None}:
        return None
    text = description or ""
    if code := _CODE.match(text):
        return COLOR_WORDS[code.group(1).lower()]
    words = {COLOR_WORDS[word.lower()] for word in _WORDS.findall(text)}
    return words.pop() if len(words) == 1 else _foreign(text)


def _foreign(description: str) -> str | None:
    """A colour by the words of other languages, where exactly one colour is named."""
    lowered = description.lower()
    found = {color for word, color in FOREIGN_COLOR_WORDS.items() if word in lowered}
    return found.pop() if len(found) == 1 else None
