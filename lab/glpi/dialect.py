"""How GLPI 10 and GLPI 11 differ on the legacy REST API, as one table.

Seen on GLPI 10.0.19 and 11.0.6; everything that is not listed here is the same in both.
"""

import re
from dataclasses import dataclass
from typing import Literal

Version = Literal["10", "11"]

_ENCODED = re.compile(r"&(?:lt|gt|amp|#38|#60|#62);")
_ENCODE = {"&": "&#38;", "<": "&#60;", ">": "&#62;"}
_DECODE = {encoded: raw for raw, encoded in _ENCODE.items()}


@dataclass(frozen=True)
class Dialect:
    """One release's ways. `bases[0]` is the announced path of the API, the others are accepted too."""

    version: Version
    bases: tuple[str, ...]
    default_sort: int  # search option that orders a search without `sort`; 0 is no order at all
    any_case_itemtype: bool  # /printer/1 is the same as /Printer/1
    stores_encoded: bool  # & < > are stored and searched as &#38; &#60; &#62;
    database_down_status: int
    list_for_one_crashes: bool  # PUT /Printer/ID with a list: 200 and nothing (10), or done (11)
    separate_groups: bool  # groups_id is a number (10) or a list (11)
    log_owner: tuple[str, ...]  # the columns that tie a PrinterLog row to its printer
    sql_error: str  # how an SQL error text begins

    def stored(self, text: str | None) -> str | None:
        """The form in which the release keeps `text` in its database."""
        if text is None or not self.stores_encoded or _ENCODED.search(text):
            return text
        return re.sub("[&<>]", lambda match: _ENCODE[match.group()], text)

    def decoded(self, text: str) -> str:
        """The opposite of `stored`, for requests with `X-GLPI-Sanitized-Content: false`."""
        return re.sub("&#(?:38|60|62);", lambda match: _DECODE[match.group()], text) if self.stores_encoded else text


DIALECTS: dict[Version, Dialect] = {
    "10": Dialect(
        version="10",
        bases=("apirest.php",),
        default_sort=1,
        any_case_itemtype=True,
        stores_encoded=True,
        database_down_status=200,
        list_for_one_crashes=True,
        separate_groups=False,
        log_owner=("printers_id",),
        sql_error="",
    ),
    "11": Dialect(
        version="11",
        bases=("api.php/v1", "apirest.php"),
        default_sort=0,
        any_case_itemtype=False,
        stores_encoded=False,
        database_down_status=500,
        list_for_one_crashes=False,
        separate_groups=True,
        log_owner=("itemtype", "items_id"),
        sql_error="MySQL query error: ",
    ),
}
