"""How many messages of a queue may be in hand at once, so that one that kills its process takes few others along."""

_PROOF = 8  # messages that must end well, and no fewer than may be in hand, before twice as many are taken
_FORGIVEN = 2  # a message that came back more often is a suspect
_SUSPECTS_MOST = 16  # in hand at once while there are suspects


class Width:
    """The prefetch of one subscription, from 1 up to `most`. `now` is what it should be.

    It begins at 1: what is taken first may be what killed the process before. The first message that never came back
    makes it `most`. While only such come as came back, they double it by ending well, eight at a time or as many as may
    be in hand:

    - Those that came back once or twice, without an end: somebody was stopped, killed or had to let go, with his hands
      full. Fifteen hundred innocents are through within seconds.
    - Those that came back more often, or nobody says how often, up to sixteen: they are suspects. Poison that killed
      again goes behind the others that came back, so that it is alone in the end.

    An innocent message thus comes back for the sake of poison some five times, far from the limit of deliveries (20).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.begin()

    def begin(self) -> None:
        """A new connection: nothing is known."""
        self.now = 1
        self._proven = 0  # that ended well since the last doubling
        self.is_full = False  # for good: a message came that never came back
        self._has_suspects = False

    def came(self, returns: int | None) -> bool:
        """A message was delivered that came back to its queue so many times before; None where nobody counted. Returns
        whether anything changed."""
        if self.is_full:
            return False
        if returns == 0:
            self.is_full, self.now = True, self._most
            return True
        if self._has_suspects or (returns is not None and returns <= _FORGIVEN):
            return False
        self._has_suspects, self._proven = True, 0
        self.now = min(self.now, _SUSPECTS_MOST)
        return True

    def ended_well(self) -> bool:
        """A message was handled. Returns whether anything changed."""
        most = min(self._most, _SUSPECTS_MOST) if self._has_suspects else self._most
        if self.is_full or self.now >= most:
            return False
        self._proven += 1
        if self._proven < max(_PROOF, self.now):
            return False
        self._proven, self.now = 0, min(most, self.now * 2)
        return True
