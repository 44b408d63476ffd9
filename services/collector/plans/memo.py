"""What was made once and may be asked for again: bounded, and cheap to ask."""

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memo(Generic[Key, Value]):
    """At most `most` values, in two generations: what is asked for while the older one lasts moves to the younger."""

    def __init__(self, most: int) -> None:
        self._most = max(1, most // 2)
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: Key) -> Value | None:
        """What was put under this key; None where nothing is kept."""
        found = self._young.get(key)
        if found is None:
            found = self._old.pop(key, None)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: Key, value: Value) -> None:
        """Keeps `value`, which may not be None."""
        self._young[key] = value
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
