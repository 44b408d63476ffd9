"""A device that restarts while it is being read: sysUpTime is asked first and last, and must not have gone back."""

from services.collector.mib import oids as m
from services.collector.read.facts import Facts, number_of
from services.collector.snmp.exchange import Varbind

RESTARTED = "restarted"
# sysUpTime wraps at 2^32 hundredths of a second; a poll is over within minutes.
_WRAP_MARGIN = 2**32 - 60 * 60 * 100


def note(facts: Facts, first: Varbind | None) -> None:
    """Names it in `missing` where the values may be partly from before a restart and partly from after it. `first` is
    the sysUpTime of the first GET; it stands where there is no later one."""
    began = number_of(first)
    ended = facts.number(m.SYS_UPTIME)
    if first is not None and ended is None:
        facts.found[m.SYS_UPTIME] = first
    elif began is not None and ended is not None and ended < began < _WRAP_MARGIN:
        facts.missing.add(RESTARTED)
