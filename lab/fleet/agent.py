"""Answers requests for one device: GET, GETNEXT, GETBULK and SET (refused); RFC 1157 section 4.1, RFC 3416 4.2."""

from bisect import bisect_right
from typing import NamedTuple

from lab.fleet import message as m
from lab.fleet import values
from lab.fleet.ber import COUNTER64, OID, SEQUENCE, decode_oid_content, tlv
from lab.fleet.device import Device
from lab.fleet.tree import UPTIME, Live

# What a reply adds around its varbinds, at most, beside the community.
OVERHEAD = 40


class Outcome(NamedTuple):
    """A reply: error-status, error-index, encoded varbinds and the places in them of sysUpTime's four octets."""

    status: int
    at: int
    varbinds: bytes
    uptimes: tuple[int, ...]


class View:
    """A device's rows, its model's and its alerts as one sorted list, as one version of the protocol may see them."""

    def __init__(self, device: Device, version: int) -> None:
        self.device = device
        self.tree = device.model.tree
        self.version = version
        self.more = len(device.alert_cells)
        self.end = len(self.tree.oids) + self.more

    def find(self, name: bytes) -> int:
        """Return the place of a row, or -1."""
        at = self.tree.index.get(name)
        if at is not None:
            return at if at < self.tree.gap else at + self.more
        for number, cell in enumerate(self.device.alert_cells):
            if cell[1] == name:
                return self.tree.gap + number
        return -1

    def after(self, name: bytes) -> int:
        """Return the place of the first row beyond a name, which need not exist."""
        at = self.find(name)
        if at >= 0:
            return at + 1
        row = decode_oid_content(name)
        at = self.tree.after(row)
        if at < self.tree.gap:
            return at
        if at > self.tree.gap:
            return at + self.more
        return at + bisect_right([cell[0] for cell in self.device.alert_cells], row)

    def head(self, at: int) -> bytes:
        """Return the OID element of a row."""
        own = at - self.tree.gap
        if 0 <= own < self.more:
            return self.device.alert_cells[own][2]
        return self.tree.heads[at if own < 0 else at - self.more]

    def value(self, at: int) -> bytes | None:
        """Return the value element of a row, None where this version must not see it."""
        own = at - self.tree.gap
        if 0 <= own < self.more:
            return self.device.alert_cells[own][3]
        place = at if own < 0 else at - self.more
        if place in self.device.overrides:
            found = self.device.overrides[place]
        else:
            cell = self.tree.cells[place]
            found = values.read(self.device, cell) if isinstance(cell, Live) else cell
        if found is not None and found[0] == COUNTER64 and self.version == m.V1:
            return None
        return found

    def is_uptime(self, at: int) -> bool:
        """Say whether the row is sysUpTime, whose value never stands still."""
        if self.tree.gap <= at < self.tree.gap + self.more:
            return False
        place = at if at < self.tree.gap else at - self.more
        return self.tree.cells[place] == UPTIME and place not in self.device.overrides

    def ready(self, at: int) -> bytes | None:
        """Return the encoded varbind of a row that is the same on all devices of the model, else None."""
        own = at - self.tree.gap
        if 0 <= own < self.more or self.device.overrides:
            return None
        return self.tree.varbinds[at if own < 0 else at - self.more]

    def missing(self, name: bytes) -> bytes:
        """Return the v2c exception for a name that is no row."""
        row = decode_oid_content(name)
        return m.NO_SUCH_INSTANCE if self.tree.has_object(row) else m.NO_SUCH_OBJECT

    def next(self, at: int) -> tuple[int, bytes] | None:
        """Return the first visible row at or beyond a place, and its value."""
        while at < self.end:
            value = self.value(at)
            if value is not None:
                return at, value
            at += 1
        return None


class Varbinds:
    """Collects encoded varbinds and notes where sysUpTime stands."""

    def __init__(self, room: int) -> None:
        self.parts: list[bytes] = []
        self.octets = 0
        self.room = room
        self.uptimes: list[int] = []

    def add(self, head: bytes, value: bytes, uptime: bool = False) -> bool:
        """Add one; False when it does not fit."""
        if not self.add_ready(tlv(SEQUENCE, head + value)):
            return False
        if uptime:
            self.uptimes.append(self.octets - len(value) + 2)
        return True

    def add_ready(self, part: bytes) -> bool:
        """Add one that is encoded already; False when it does not fit."""
        if self.octets + len(part) > self.room:
            return False
        self.parts.append(part)
        self.octets += len(part)
        return True

    def outcome(self) -> Outcome:
        """Return a reply without an error."""
        return Outcome(m.NO_ERROR, 0, b"".join(self.parts), tuple(self.uptimes))


def answer(device: Device, request: m.Request) -> Outcome | None:
    """Return the reply's parts, or None for silence. Raises `Malformed` for a name that is no OID."""
    model = device.model
    if request.version not in model.versions or request.community != device.community:
        return None
    if request.kind == m.SET:
        status = m.NO_SUCH_NAME if request.version == m.V1 else m.NOT_WRITABLE
        return Outcome(status, min(1, len(request.names)), request.varbinds, ())
    varbinds = Varbinds(model.most_octets - OVERHEAD - len(request.community))
    view = View(device, request.version)
    if request.kind == m.GET_BULK:
        outcome = _bulk(view, request, varbinds, model.most_varbinds)
    elif len(request.names) > model.most_varbinds:
        outcome = None
    else:
        outcome = _each(view, request, varbinds)
    if outcome is not None:
        return outcome
    if model.over_limit == "silent":
        return None
    return Outcome(m.TOO_BIG, 0, request.varbinds if request.version == m.V1 else b"", ())


def _each(view: View, request: m.Request, varbinds: Varbinds) -> Outcome | None:
    """Answer GET and GETNEXT; None when the reply is too big."""
    further = request.kind == m.GET_NEXT
    known = {} if further or view.device.overrides else view.tree.known
    for number, name in enumerate(request.names, 1):
        part = known.get(name)
        if part is not None:
            if not varbinds.add_ready(part):
                return None
            continue
        if further:
            found = view.next(view.after(name))
        else:
            at = view.find(name)
            value = view.value(at) if at >= 0 else None
            found = None if value is None else (at, value)
        if found is not None:
            fits = varbinds.add(view.head(found[0]), found[1], view.is_uptime(found[0]))
        elif request.version == m.V1:
            return Outcome(m.NO_SUCH_NAME, number, request.varbinds, ())
        else:
            fits = varbinds.add(tlv(OID, name), m.END_OF_MIB_VIEW if further else view.missing(name))
        if not fits:
            return None
    return varbinds.outcome()


def _bulk(view: View, request: m.Request, varbinds: Varbinds, most: int) -> Outcome | None:
    """Answer GETBULK with as many varbinds as fit; None when not even one does."""
    single = max(0, min(request.first, len(request.names)))
    repeated = [(tlv(OID, name), view.after(name)) for name in request.names[single:]]
    silent = view.device.model.over_limit == "silent"
    for name in request.names[:single]:
        if not _append(view, varbinds, most, (tlv(OID, name), view.after(name))):
            return None if silent or not varbinds.parts else varbinds.outcome()
    for _ in range(max(0, request.second) if repeated else 0):
        going_on = False
        for column, cursor in enumerate(repeated):
            following = _append(view, varbinds, most, cursor)
            if following is None:
                return None if silent or not varbinds.parts else varbinds.outcome()
            going_on = going_on or following[1] < view.end
            repeated[column] = following
        if not going_on:
            break
    return varbinds.outcome()


def _append(view: View, varbinds: Varbinds, most: int, cursor: tuple[bytes, int]) -> tuple[bytes, int] | None:
    """Add the row at a cursor (last OID element, place) and return the next cursor; None when it does not fit."""
    if len(varbinds.parts) >= most:
        return None
    part = view.ready(cursor[1]) if cursor[1] < view.end else None
    if part is not None:
        return (view.head(cursor[1]), cursor[1] + 1) if varbinds.add_ready(part) else None
    found = view.next(cursor[1])
    if found is None:
        return (cursor[0], view.end) if varbinds.add(cursor[0], m.END_OF_MIB_VIEW) else None
    head = view.head(found[0])
    if not varbinds.add(head, found[1], view.is_uptime(found[0])):
        return None
    return head, found[0] + 1
