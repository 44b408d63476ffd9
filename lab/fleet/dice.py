"""Repeatable dice: numbers that follow from a seed and a few whole numbers, cheap enough for every device and tick."""

_MASK = (1 << 64) - 1


def dice(*parts: int) -> int:
    """Return 64 well mixed bits (splitmix64 over the parts)."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state ^ (part & _MASK)) + 0x9E3779B97F4A7C15 & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state


def between(least: int, most: int, *parts: int) -> int:
    """Return a whole number from least to most, both included."""
    return least + dice(*parts) % (most - least + 1)
