"""A simulated GLPI: the legacy REST API of releases 10 and 11 over a made-up world, with faults to switch on."""

from lab.glpi.fleet import Device, Expected, build, devices_of
from lab.glpi.server import GlpiLab, Tokens

__all__ = ["Device", "Expected", "GlpiLab", "Tokens", "build", "devices_of"]
