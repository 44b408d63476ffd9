"""Makers of whom only the name is known here: their devices tell what the standard MIBs tell, and are called by it."""

from services.collector.vendors.table import Vendor, beginning

# key → (manufacturer, the words that their own descriptions begin with)
_OTHERS = {
    "argox": ("Argox", "argox"),
    "avision": ("Avision", "avision"),
    "citizen": ("Citizen", "citizen"),
    "datamax": ("Datamax-O'Neil", "datamax"),
    "deli": ("Deli", "deli"),
    "godex": ("GoDEX", "godex"),
    "honeywell": ("Honeywell", "honeywell|intermec"),
    "kodak": ("Kodak", "kodak"),
    "lenovo": ("Lenovo", "lenovo"),
    "muratec": ("Muratec", "muratec"),
    "nec": ("NEC", "nec"),
    "olivetti": ("Olivetti", "olivetti"),
    "printronix": ("Printronix", "printronix"),
    "riso": ("RISO", "riso|comcolor"),
    "sato": ("SATO", "sato"),
    "star": ("Star", "star micronics"),
    "tally": ("TallyGenicom", "tally"),
    "tsc": ("TSC", "tsc"),
}

OTHERS = tuple(Vendor(key, name, (), claims=beginning(words)) for key, (name, words) in _OTHERS.items())
