"""Owns what we know of GLPI: matches serial numbers with its printers."""
