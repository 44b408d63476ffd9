"""The models, in the order in which they are dealt out to a fleet. Not copied from recordings."""

from lab.fleet.model import Model
from lab.fleet.models import (
    brother,
    canon,
    epson,
    hp,
    konica,
    kyocera,
    lexmark,
    oki,
    pantum,
    ricoh,
    samsung,
    sharp,
    xerox,
    zebra,
)

MODELS: tuple[Model, ...] = (
    kyocera.MONO,
    hp.LASERJET,
    ricoh.MFP,
    canon.MONO,
    xerox.COLOR,
    zebra.LABEL,
    samsung.MONO,
    epson.INKJET,
    lexmark.MONO,
    pantum.MONO,
    konica.MFP,
    hp.OFFICEJET,
    brother.COLOR,
    oki.COLOR,
    sharp.MFP,
    xerox.PRESS,
    kyocera.MFP,
)

__all__ = ["MODELS"]
