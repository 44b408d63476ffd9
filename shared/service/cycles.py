"""How often Python looks for reference cycles."""

import gc


def spare_collections() -> None:
    """What is there when a service begins stays until it ends, and what comes then rarely has cycles: to look for them
    every 700 objects, as Python does by itself, took a tenth of a busy service's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)
