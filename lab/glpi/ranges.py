"""`range=0-99`, the Content-Range header, and the errors around them."""

import re

from lab.glpi.dialect import Dialect
from lab.glpi.errors import Answer, ApiError
from lab.glpi.html import crash_page

_RANGE = re.compile(r"^(\d+)-(\d+)$")
ACCEPTED = 1000
"""What `Accept-Range` announces (PHP's max_input_vars); it is not enforced."""


class RangeInvertedError(Exception):
    """`range=10-5` reaches the database and fails there."""


def window(given: object, total: int, default_size: int) -> tuple[int, int]:
    """First and last row (inclusive) of the answer; last may lie before first when there is nothing to show."""
    if given is None:
        first, last = 0, default_size - 1
    else:
        match = _RANGE.match(str(given))
        if match is None:
            raise ApiError("range_format")
        first, last = int(match[1]), int(match[2])
        if last < first:
            raise RangeInvertedError
    if first > total:
        raise ApiError("range_exceeded", total)
    return first, min(last, total - 1)


def headers(itemtype: str, first: int, last: int, total: int) -> dict[str, str]:
    """The range headers of a list or search answer: without Content-Range when there is nothing at all."""
    found = {"Accept-Range": f"{itemtype} {ACCEPTED}"}
    if total:
        found["Content-Range"] = f"{first}-{last}/{total}"
    return found


def inverted(dialect: Dialect) -> Answer:
    """The answer to an inverted range: text before JSON in 10, a page in 11, both with status 500."""
    if dialect.version == "11":
        return Answer(crash_page(), 500, content_type="text/html; charset=UTF-8")
    text = (
        "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version "
        "for the right syntax to use near '-4' at line 16"
    )
    # The content type says JSON although the body begins with plain text.
    body = f'{text}["ERROR_SQL","Unexpected SQL Error : {text}"]'
    return Answer(body.encode(), 500)
