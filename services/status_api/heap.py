"""The garbage collector, set for a process that makes many small objects which nearly all end by themselves."""

import gc

_YOUNG = 10_000  # new containers until it looks at them; a message of results makes some thousands


def settle() -> None:
    """To be called once all is loaded: what start-up has made lasts, and is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
