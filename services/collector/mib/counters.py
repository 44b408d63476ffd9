"""All counter keys that a reading may hold: what each counts, and in which unit where the device tells none.

A key is made of a function and of what is counted: `print`, `copy`, `scan`, `fax` or none (all functions), then
`mono`, `color` and so on, then the paper. Impressions are printed sides, as the device meters them: some meter a large
sheet twice. `color` is everything with colour: full colour and single or two colours together, where a device tells
them together; `full_color`, `single_color` and `two_color` are parts of it. A key without a row here is an error.
"""

from typing import NamedTuple

IMPRESSIONS, SHEETS, PAGES, ITEMS = "impressions", "sheets", "pages", "items"


class Meaning(NamedTuple):
    """What is counted, and in which unit."""

    text: str
    unit: str = IMPRESSIONS


_FUNCTIONS = {
    "": "all functions",
    "print_": "printing",
    "copy_": "copying",
    "fax_": "printing received faxes and reports",
    "report_": "lists and reports",
    "storage_": "printing from the device's own storage",
    "other_": "other functions",
}
_KINDS = {
    "mono": ("black only", IMPRESSIONS),
    "color": ("with colour", IMPRESSIONS),
    "full_color": ("in full colour", IMPRESSIONS),
    "single_color": ("in one colour that is not black", IMPRESSIONS),
    "two_color": ("in two colours", IMPRESSIONS),
    "duplex": ("on sheets printed on both sides", IMPRESSIONS),
    "simplex": ("on sheets printed on one side", IMPRESSIONS),
    "large": ("on large paper (A3, Ledger and the like)", IMPRESSIONS),
    "small": ("on small paper", IMPRESSIONS),
    "mono_large": ("black only, on large paper", IMPRESSIONS),
    "mono_small": ("black only, on small paper", IMPRESSIONS),
    "color_large": ("with colour, on large paper", IMPRESSIONS),
    "color_small": ("with colour, on small paper", IMPRESSIONS),
}
_PAPERS = ("a3", "a4", "a5", "a6", "b4", "b5", "folio", "ledger", "legal", "letter", "statement", "executive",
           "envelope", "banner", "other_paper")  # fmt: skip

COUNTERS: dict[str, Meaning] = {
    "total": Meaning("everything, as the device itself gives its total"),
    "total_vendor": Meaning("the maker's own total, where it differs from the standard one"),
    "total_2": Meaning("the device's second total, where it meters large sheets otherwise"),
    "since_power_on": Meaning("everything since the device was switched on"),
    "print": Meaning("printing"),
    "copy": Meaning("copying"),
    "fax": Meaning("printing received faxes and reports"),
    "report": Meaning("lists and reports"),
    "storage": Meaning("printing from the device's own storage"),
    "other": Meaning("other functions"),
    "duplex_sheets": Meaning("sheets printed on both sides", SHEETS),
    "images": Meaning("images of all colours: one page of four toners is four", ITEMS),
    "jams": Meaning("paper jams", ITEMS),
    "misfeeds": Meaning("papers that were not taken", ITEMS),
    "feeder": Meaning("originals taken by the document feeder", PAGES),
    "labels": Meaning("labels printed", ITEMS),
    "length": Meaning("length of media printed", "feet"),
    "area": Meaning("area of media printed", "square meters"),
    "engine": Meaning("cycles of the engine"),
    "scan": Meaning("scanned originals", PAGES),
    "scan_mono": Meaning("scanned black and white", PAGES),
    "scan_color": Meaning("scanned in colour", PAGES),
    "scan_copy": Meaning("scanned to be copied", PAGES),
    "scan_fax": Meaning("scanned to be faxed", PAGES),
    "scan_network_mono": Meaning("scanned to network places, black and white", PAGES),
    "scan_network_color": Meaning("scanned to network places, in colour", PAGES),
    "scan_storage_mono": Meaning("scanned to the device's own storage, black and white", PAGES),
    "scan_storage_color": Meaning("scanned to the device's own storage, in colour", PAGES),
    "scan_storage_two_color": Meaning("scanned to the device's own storage, in two colours", PAGES),
    "scan_jams": Meaning("jams of originals", ITEMS),
    "scan_mail": Meaning("scanned to be mailed", PAGES),
    "scan_network": Meaning("scanned to network places", PAGES),
    "scan_storage": Meaning("scanned to the device's own storage", PAGES),
    "scan_flatbed": Meaning("scanned on the glass", PAGES),
    "scan_feeder": Meaning("scanned through the document feeder", PAGES),
    "scan_feeder_duplex": Meaning("scanned through the document feeder on both sides", PAGES),
    "scan_large": Meaning("scanned originals of large size", PAGES),
    "sent": Meaning("pages sent: scans and faxes", PAGES),
    "scan_other": Meaning("scanned for other things than copying and faxing", PAGES),
    "fax_sent": Meaning("pages faxed", PAGES),
    "fax_received": Meaning("pages received by fax", PAGES),
    **{
        function + kind: Meaning(f"{text}, {of}", unit)
        for function, of in _FUNCTIONS.items()
        for kind, (text, unit) in _KINDS.items()
    },
    **{f"{kind}{paper}": Meaning(f"{text}on {paper} paper")
       for kind, text in (("", ""), ("mono_", "black only, "), ("color_", "with colour, "))
       for paper in _PAPERS},
    **{f"toner_{color}": Meaning(f"pages that used {color}") for color in ("black", "cyan", "magenta", "yellow")},
    **{f"drum_{color}": Meaning(f"pages of the {color} drum") for color in ("black", "cyan", "magenta", "yellow")},
    "drum": Meaning("pages of the drum since it was new"),
    # prtMarkerLifeCount of each marker: the first is `total` unless the maker's own total stands there.
    **{f"marker_{n}": Meaning(f"prtMarkerLifeCount of marker {n}") for n in range(1, 17)},
}  # fmt: skip


def unit_of(key: str) -> str:
    """The unit of a key where the device tells none. Raises KeyError for a key that is not in the table."""
    return COUNTERS[key].unit
