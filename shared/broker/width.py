"""How many messages of a queue may be in hand at once, so that one that kills its process takes few others along."""

_FORGIVEN = 1  # a message that came back more often is a suspect
_SUSPECTS_MOST = 16  # in hand at once while there are suspects
_SUSPECTS_PROOF = 8  # of them that must end well before twice as many are taken


class Width:
    """The prefetch of one subscription, from 1 up to `most`. `now` is what it should be.

    It begins at 1: what is taken first may be what killed the process before. The first message that never came back
    makes it `most`. While only such come as came back, they widen it by ending well:

    - Came back once: somebody was stopped, killed or had to let go, with his hands full. As many as are in hand must
      end well, then twice as many are taken: fifteen hundred innocents are through within seconds.
    - Came back more often, or nobody says how often: suspects. Eight must end well before their number is doubled,
      and it is never more than sixteen. Poison that killed again goes behind the others that came back, so that it is
      alone in the end.

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
        if self._proven < (_SUSPECTS_PROOF if self._has_suspects else self.now):
            return False
        self._proven, self.now = 0, min(most, self.now * 2)
        return True
