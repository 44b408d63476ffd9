"""A fleet of simulated printers: SNMP v1 and v2c on loopback addresses, control over HTTP."""

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings

__all__ = ["Fleet", "Settings"]
