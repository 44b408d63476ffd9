"""From a datagram to the reply's octets: decoded and encoded once per device and request, then only patched.

What counts as a poll: a GET that asks sysObjectID.0 begins one, unless it repeats the one before it, that is,
it comes from the same source and either has the same request-id, or follows within `poll_gap` seconds while
the one before it got no answer without an error (lost, tooBig, noSuchName). So a poll is counted once whether
its first GET is retransmitted, halved or asked again without one OID; another source is always another poll.
"""

import time

from lab.fleet.agent import answer
from lab.fleet.ber import Malformed, encode_oid_content
from lab.fleet.device import Answer, Device
from lab.fleet.message import GET, NO_ERROR, Request, decode_request, encode_reply, split
from lab.fleet.standard import SYS_OBJECT_ID
from lab.fleet.tree import oid

_OBJECT_ID = encode_oid_content(oid(SYS_OBJECT_ID))

MAX_REQUESTS = 512
MAX_ANSWERS = 16
MAX_ANSWER_OCTETS = 128 * 1024
# sysUpTime takes four octets in this range, so that it can be written over.
LEAST_PATCHED, MOST_PATCHED = 0x800000, 0x7FFFFFFF

Source = object


class Exchange:
    """Answers datagrams for the devices of a fleet; `most_octets` bounds all caches together."""

    def __init__(self, devices: list[Device], most_octets: int = 256 * 1024 * 1024, poll_gap: float = 5.0) -> None:
        self.devices = devices
        self.most_octets = most_octets
        self.poll_gap = poll_gap
        self.held = 0
        self._requests: dict[bytes, Request] = {}
        self.malformed = 0
        self.unanswered = 0

    def ask(self, device: Device, data: bytes, source: Source) -> tuple[bytes, bool] | None:
        """Return (reply, whether it answers a poll's first request well), or None for silence."""
        try:
            around, request_id = split(data)
            found = device.cache.get(around)
            if found is None:
                found = self._make(device, data, around)
        except Malformed:
            self.malformed += 1
            return None
        if found is None:
            self.unanswered += 1
            return None
        head, tail, uptimes, asks_object_id, well = found
        device.asked.pdus += 1
        if asks_object_id:
            self._count_poll(device, source, request_id)
        if not uptimes:
            return head + request_id + tail, asks_object_id and well
        ticks = device.uptime()
        if not LEAST_PATCHED <= ticks <= MOST_PATCHED:
            # Not kept below: read again, so that it is right.
            again = self._make(device, data, None)
            return (again[0] + request_id + again[1], asks_object_id and well) if again else None
        patched = bytearray(head + request_id + tail)
        start = len(head) + len(request_id)
        for place in uptimes:
            patched[start + place : start + place + 4] = ticks.to_bytes(4, "big")
        return bytes(patched), asks_object_id and well

    def _make(self, device: Device, data: bytes, around: bytes | None) -> Answer | None:
        request = self._requests.get(around) if around is not None else None
        if request is None:
            request = decode_request(data)
            # A collector asks many devices alike. Of a request's id only the length matters here, which `around` holds.
            if around is not None:
                if len(self._requests) >= MAX_REQUESTS:
                    self._requests.clear()
                self._requests[around] = request
        outcome = answer(device, request)
        if outcome is None:
            return None
        head, tail = encode_reply(request, outcome.status, outcome.at, outcome.varbinds)
        start = len(tail) - len(outcome.varbinds)
        uptimes = tuple(start + place for place in outcome.uptimes)
        asks_object_id = request.kind == GET and _OBJECT_ID in request.names
        found = (head, tail, uptimes, asks_object_id, outcome.status == NO_ERROR)
        if around is not None and (not uptimes or LEAST_PATCHED <= device.uptime() <= MOST_PATCHED):
            self._keep(device, around, found)
        return found

    def _keep(self, device: Device, around: bytes, found: Answer) -> None:
        octets = len(around) + len(found[0]) + len(found[1])
        if len(device.cache) >= MAX_ANSWERS or device.cache_octets + octets > MAX_ANSWER_OCTETS:
            device.cache.clear()
            device.cache_octets = 0
        device.cache[around] = found
        device.cache_octets += octets
        self.held += octets
        if self.held > self.most_octets:
            # Devices drop answers by themselves when values change, so count again before clearing.
            self.held = sum(each.cache_octets for each in self.devices)
            if self.held > self.most_octets // 2:
                for each in self.devices:
                    each.cache.clear()
                    each.cache_octets = 0
                self.held = 0

    def _count_poll(self, device: Device, source: Source, request_id: bytes) -> None:
        now = time.monotonic()
        heard = device.heard
        repeated = (
            heard is not None
            and heard[0] == source
            and (heard[1] == request_id or (not device.heard_answered and now - device.heard_at <= self.poll_gap))
        )
        if not repeated:
            device.asked.polls += 1
        device.heard = (source, request_id)
        device.heard_at = now
        device.heard_answered = False
