"""The plans and traits of the printers that were read last, bounded; layouts are shared between printers."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakValueDictionary

from services.collector.plans.layout import Layout
from services.collector.plans.plan import Plan
from services.collector.read.traits import KEEP_S, Traits

MOST_KEPT = 20_000
MOST_BEGUN = 5_000  # printers that have not answered yet: more than can be asked at the same time

Key = tuple[str, int, int]  # address, port, version


@dataclass(slots=True)
class Entry:
    """What is known of one printer."""

    traits: Traits
    plan: Plan | None = None


class Plans:
    """Entries by key. `dirty` gathers the keys whose entry has changed since the store last took them.

    Who has never answered has no entry: the dead push nobody out.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._begun: OrderedDict[Key, Traits] = OrderedDict()
        self._layouts: WeakValueDictionary[Layout, Layout] = WeakValueDictionary()
        self.dirty: set[Key] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def traits(self, key: Key) -> Traits:
        """The device's traits: kept ones while they are fresh, else a beginner's."""
        entry = self._entries.get(key)
        if entry is None:
            return self._beginner(key)
        if time.monotonic() - entry.traits.since > KEEP_S:
            entry.traits = Traits()
        self._entries.move_to_end(key)
        return entry.traits

    def entry(self, key: Key) -> Entry | None:
        """All that is known of a printer."""
        return self._entries.get(key)

    def get(self, key: Key) -> Plan | None:
        """The printer's plan."""
        entry = self._entries.get(key)
        return None if entry is None else entry.plan

    def put(self, key: Key, plan: Plan) -> None:
        """Keeps a plan, in place of an older one."""
        entry = self._entries.get(key) or self._add(key, Entry(self._taken(key)))
        entry.plan = plan
        self.changed(key)

    def restore(self, key: Key, plan: Plan, traits: Traits) -> None:
        """Takes what the store has kept, where nothing as new is known."""
        entry = self._entries.get(key)
        if entry is None:
            self._add(key, Entry(traits, plan))
        elif entry.plan is None or entry.plan.learned_at < plan.learned_at:
            entry.traits, entry.plan = traits, plan

    def forget(self, key: Key) -> None:
        """Drops the plan of a printer that has answered; how it wants to be asked stays known."""
        entry = self._entries.get(key) or self._add(key, Entry(self._taken(key)))
        if entry.plan is not None:
            entry.plan = None
            self.changed(key)

    def changed(self, key: Key) -> None:
        """The store shall take this entry."""
        self.dirty.add(key)

    def shared(self, layout: Layout) -> Layout:
        """The layout that is kept for all printers that have the same."""
        return self._layouts.setdefault(layout, layout)

    def _beginner(self, key: Key) -> Traits:
        traits = self._begun.get(key)
        if traits is None or time.monotonic() - traits.since > KEEP_S:
            traits = self._begun[key] = Traits()
            if len(self._begun) > MOST_BEGUN:
                self._begun.popitem(last=False)
        return traits

    def _taken(self, key: Key) -> Traits:
        return self._begun.pop(key, None) or Traits()

    def _add(self, key: Key, entry: Entry) -> Entry:
        self._entries[key] = entry
        if len(self._entries) > self._most:
            self.dirty.add(self._entries.popitem(last=False)[0])
        return entry
