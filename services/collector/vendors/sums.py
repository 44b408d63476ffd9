"""Counters that a device tells only in parts."""

from typing import Any

from services.collector.mib.counters import unit_of
from services.collector.read.facts import Facts
from services.collector.vendors.table import Counting


def added(key: str, needs: tuple[str, ...], also: tuple[str, ...] = ()) -> Counting:
    """A counting that adds up `key`, where the device does not tell it, from all of `needs` and what is told of `also`.

    The sum stands at the place of its first part and says in its rule of what it is made. Where one of `needs` is not
    told there is no sum: a part taken for the whole would be a false number.
    """

    def counting(_: Facts, counters: dict[str, Any]) -> None:
        if key in counters or any(part not in counters for part in needs):
            return
        parts = [part for part in (*needs, *also) if part in counters]
        counters[key] = {
            "value": sum(counters[part]["value"] for part in parts),
            "oid": counters[parts[0]]["oid"],
            "rule": " + ".join(parts),
            "unit": unit_of(key),
        }

    return counting


def left(key: str, whole: str, part: str) -> Counting:
    """A counting that tells `key`, where the device does not, as what of `whole` is not `part`: for makers that count a
    function and its colour pages."""

    def counting(_: Facts, counters: dict[str, Any]) -> None:
        if key in counters or whole not in counters or part not in counters:
            return
        value = counters[whole]["value"] - counters[part]["value"]
        if value >= 0:
            told = {"value": value, "oid": counters[whole]["oid"], "rule": f"{whole} - {part}", "unit": unit_of(key)}
            counters[key] = told

    return counting


def colors(*functions: str) -> tuple[Counting, ...]:
    """For makers that meter full, single and two colours apart: `<function>color` and, with black, the function."""
    made: list[Counting] = []
    for function in functions:
        prefix = f"{function}_" if function else ""
        parts = (f"{prefix}single_color", f"{prefix}two_color")
        made.append(added(f"{prefix}color", (f"{prefix}full_color",), parts))
        if function:
            made.append(added(function, (f"{prefix}mono", f"{prefix}color")))
    return tuple(made)
