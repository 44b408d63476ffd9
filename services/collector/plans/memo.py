"""Finished units by the octets that they were made of, for all printers together, bounded."""

from typing import Any

MOST_KEPT = 8_192  # in each of two generations; a unit is some 500 octets

Key = tuple[int, int, bytes]


class Memo:
    """Two generations: who is looked up while the older one lasts moves to the younger one."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._young: dict[Key, Any] = {}
        self._old: dict[Key, Any] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: Key) -> Any:
        """What was put under this key; None where nothing is kept."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: Key, value: Any) -> None:
        """Keeps `value`, which may not be None."""
        self._young[key] = value
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
