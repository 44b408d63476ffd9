"""The driver for SNMPv3: implements `Exchange` over a socket of its own, with pysnmp's engines for the messages.

A reply counts only if it comes from the address that was asked, is authenticated as the security level demands
(pysnmp), and carries the request-id of an open request. One request costs some 1.5 ms of CPU, so replies are decoded
in slices between which the loop serves others.
"""

import asyncio
import ipaddress
import socket
import time
from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from services.collector import metrics
from services.collector.snmp.endpoint import MOST_OCTETS, RECEIVE_BUFFER, open_socket
from services.collector.snmp.errors import BudgetSpent, NoAnswer, Nonsense, Unreachable
from services.collector.snmp.exchange import GET, RESPONSE, Answer, Oid, Question, Target
from services.collector.snmp.patience import ON_WAIT
from services.collector.snmp.requests import fresh_id
from services.collector.snmp.v3.errors import (
    NOT_IN_TIME_WINDOW,
    REPORTS,
    UNKNOWN_ENGINE_ID,
    Refused,
    WrongPrivacy,
)
from services.collector.snmp.v3.security import Level, Security
from services.collector.snmp.v3.shard import Shard, Source, message_id
from services.collector.snmp.v3.shards import Shards

log = structlog.get_logger(__name__)
T = TypeVar("T")

MOST_IN_FLIGHT = 200  # a third of a second of decoding, should all answer at once
# Then who is silent makes room. Longer than in v1 and v2c: so long may an answer stand behind those of all others.
PATIENCE_S = 0.5
MOST_BACKLOG, MOST_OF_A_SOURCE, MOST_WRONG = 2_000, 32, 64
MOST_A_TURN = 200  # datagrams read before others have their turn
SLICE_S = 0.005  # decoding may hold the loop so long, or for one datagram
MOST_REPORTS = 5  # discovery, new clocks and new engine ids, before an attempt counts as failed
TICK_S = 12.0  # 300 of them: what pysnmp knows of an engine is good for an hour
LATE_S, MOST_LATE = 0.05, 20  # how long a timeout waits for replies that are here and not yet decoded
_HANDLES = 0xFFFFFF
_SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)


@dataclass(slots=True, eq=False)
class _Open:
    """A request that waits. `told` ends with a response, or with the object of a Report."""

    source: Source
    shard: Shard
    request_id: int
    message_id: int | None
    told: "asyncio.Future[Answer | Oid]"


@dataclass(slots=True)
class _Heard:
    """What came instead of an answer, during one question."""

    nonsense: str = ""
    wrong: int = 0


class V3Exchange:
    """Use as an async context; needs a running loop."""

    def __init__(self, receive_buffer: int = RECEIVE_BUFFER, shards: Shards | None = None) -> None:
        self._wanted = receive_buffer
        self._shards = Shards() if shards is None else shards
        self._sockets: dict[int, socket.socket] = {}
        self._open: dict[int, _Open] = {}  # by handle; bounded by MOST_IN_FLIGHT and by the places of the slow
        self._heard: dict[Source, list[_Heard]] = {}
        self._shard_of: dict[Source, list[Shard]] = {}
        self._backlog: deque[tuple[bytes, Source]] = deque()
        self._backlog_of: Counter[Source] = Counter()
        self._decoding = False
        self._handle = 0
        self._in_flight = asyncio.Semaphore(MOST_IN_FLIGHT)
        self._turn = asyncio.Lock()
        self._proven: dict[tuple[Security, Source], None] = {}  # devices that have answered encrypted requests
        self._ticker: asyncio.Task[None] | None = None
        self.rejected: Counter[str] = Counter()

    async def __aenter__(self) -> "V3Exchange":
        self._ticker = asyncio.create_task(self._tick(), name="snmpv3-ticks")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait([self._ticker])
        for sock in self._sockets.values():
            asyncio.get_running_loop().remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._shards.tick()

    def _socket(self, family: int) -> socket.socket:
        found = self._sockets.get(family)
        if found is None:
            found, granted = open_socket(family, self._wanted)
            self._sockets[family] = found
            asyncio.get_running_loop().add_reader(found.fileno(), self._drain, found)
            log.info("snmpv3.socket", ip_version=6 if family == socket.AF_INET6 else 4, receive_buffer=granted)
        return found

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        """See Exchange.ask. Raises Refused and its kin besides."""
        security = target.security
        if security is None:
            raise Nonsense("The profile has no SNMPv3 user.")
        address = ipaddress.ip_address(target.address)
        source = (str(address), target.port)
        await self._in_flight.acquire()
        share = _Share(self._in_flight)
        try:
            shard = await self._shards.of(replace(security, context=""), source)
            heard = _Heard()
            self._heard.setdefault(source, []).append(heard)
            self._shard_of.setdefault(source, []).append(shard)
            try:
                asked = _Asked(target, source, shard, question, deadline, security.level, security.context, share)
                return await self._insist(asked, heard, attempts or target.retries + 1)
            finally:
                _take(self._heard, source, heard)
                _take(self._shard_of, source, shard)
        finally:
            share.give_back()

    async def _insist(self, asked: "_Asked", heard: _Heard, attempts: int) -> Answer:
        for _ in range(attempts):
            answer = await self._converse(asked, heard)
            if answer is not None:
                self._prove(asked)
                return answer
            metrics.TIMEOUTS.inc()
        if heard.nonsense:
            raise Nonsense(f"What came: {heard.nonsense}.")
        if time.monotonic() >= asked.deadline:
            raise BudgetSpent
        await self._doubt_privacy(asked)
        what = f"{attempts} requests of {len(asked.question.oids)} values, {asked.target.timeout_s:g} s for each."
        if asked.shard.knows(asked.source) and (asked.shard.security, asked.source) not in self._proven:
            what += " It told its SNMPv3 engine id, but never answered this user: check the profile and its context."
        raise NoAnswer(what)

    def _prove(self, asked: "_Asked") -> None:
        self._proven[asked.shard.security, asked.source] = None
        if len(self._proven) > 50_000:
            self._proven.pop(next(iter(self._proven)))

    async def _doubt_privacy(self, asked: "_Asked") -> None:
        """Agents are silent to what they cannot decrypt (net-snmp is). One that has told its engine id, never answered
        an encrypted request, and answers the same user unencrypted has another privacy password or protocol. Raises
        WrongPrivacy, or what the device reports."""
        security, source = asked.shard.security, asked.source
        if asked.level is not Level.AUTH_PRIV or not asked.shard.knows(source) or (security, source) in self._proven:
            return
        small = Question(GET, (_SYS_UPTIME,))
        plain = _Asked(asked.target, source, asked.shard, small, asked.deadline, Level.AUTH_NO_PRIV, "", asked.share)
        if await self._converse(plain, _Heard()) is not None:
            raise WrongPrivacy("It answers this user without encryption, and is silent to what is encrypted.")

    async def _converse(self, asked: "_Asked", heard: _Heard) -> Answer | None:
        """One attempt: discovery and new clocks are part of it. None is silence."""
        shard, source = asked.shard, asked.source
        report: Oid = ()
        for _ in range(MOST_REPORTS):
            was_known = shard.knows(source)
            told = await self._send(asked)
            if told is None or isinstance(told, Answer):
                return told
            report = told
            if report == UNKNOWN_ENGINE_ID and was_known:
                shard.forget(source)  # another device has this address now, or it was set up anew
            elif report != NOT_IN_TIME_WINDOW and (was_known or not shard.knows(source)):
                raise REPORTS.get(report, Refused)(_what(report))
        raise REPORTS.get(report, Refused)(f"{MOST_REPORTS} times in a row.")

    async def _send(self, asked: "_Asked") -> Answer | Oid | None:
        left = asked.deadline - time.monotonic()
        if left <= 0:
            raise BudgetSpent
        family = socket.AF_INET6 if ":" in asked.source[0] else socket.AF_INET
        sock = self._socket(family)
        async with self._turn:  # a request costs a millisecond: others have theirs before the next one
            await asyncio.sleep(0)
        handle, request_id = self._fresh_handle(), fresh_id()
        data = asked.shard.request(asked.source, asked.question, request_id, handle, asked.level, asked.context)
        told: asyncio.Future[Answer | Oid] = asyncio.get_running_loop().create_future()
        waiting = _Open(asked.source, asked.shard, request_id, message_id(data), told)
        self._open[handle] = waiting
        try:
            metrics.PDUS.inc()
            try:
                sock.sendto(data, asked.source)
            except (BlockingIOError, ConnectionError):
                metrics.NOT_SENT.inc()
            except OSError as error:
                raise Unreachable(f"{asked.source[0]}: {error.strerror}.") from error
            return await self._wait(waiting, asked.share, min(asked.target.timeout_s, left))
        finally:
            del self._open[handle]
            asked.shard.release(handle)

    async def _wait(self, waiting: _Open, share: "_Share", seconds: float) -> Answer | Oid | None:
        brief = min(PATIENCE_S, seconds)
        await asyncio.wait([waiting.told], timeout=brief)
        if not waiting.told.done():
            if not self._backlog_of[waiting.source]:
                share.lend()
            await asyncio.wait([waiting.told], timeout=seconds - brief)
        for _ in range(MOST_LATE):
            if waiting.told.done() or not self._backlog_of[waiting.source]:
                break
            await asyncio.wait([waiting.told], timeout=LATE_S)
        return waiting.told.result() if waiting.told.done() else None

    def _fresh_handle(self) -> int:
        while True:
            self._handle = self._handle % _HANDLES + 1
            if self._handle not in self._open:
                return self._handle

    def _drain(self, sock: socket.socket) -> None:
        for _ in range(MOST_A_TURN):
            try:
                data, sender = sock.recvfrom(MOST_OCTETS)
            except BlockingIOError:
                break
            except OSError as error:  # an ICMP error, of nobody in particular
                log.debug("snmpv3.receive", error=str(error))
                continue
            source = (sender[0], sender[1])
            if source not in self._heard:
                self._reject("wrong_source")
            elif self._backlog_of[source] >= MOST_OF_A_SOURCE or len(self._backlog) >= MOST_BACKLOG:
                self._reject("flood")
            else:
                self._backlog_of[source] += 1
                self._backlog.append((data, source))
        if self._backlog and not self._decoding:
            self._decoding = True
            asyncio.get_running_loop().call_soon(self._decode_some)

    def _decode_some(self) -> None:
        until = time.monotonic() + SLICE_S
        while self._backlog:
            data, source = self._backlog.popleft()
            self._backlog_of[source] -= 1
            if not self._backlog_of[source]:
                del self._backlog_of[source]
            self._accept(data, source)
            if time.monotonic() >= until and self._backlog:
                asyncio.get_running_loop().call_soon(self._decode_some)
                return
        self._decoding = False

    def _accept(self, data: bytes, source: Source) -> None:
        listening = self._heard.get(source)
        if not listening:
            self._reject("unasked")
            return
        if all(heard.wrong >= MOST_WRONG for heard in listening):
            self._reject("flood")
            return
        for shard in dict.fromkeys(self._shard_of[source]):  # one, unless two users ask one device at the same time
            incoming = shard.read(source, data)
            if not incoming.wrong:
                break
        waiting = self._open.get(incoming.handle or 0)
        if incoming.is_stranger and (asked := self._by_message(source, message_id(data))) is not None:
            asked.told.set_result(UNKNOWN_ENGINE_ID)
        elif incoming.wrong:
            self._reject("malformed", source, incoming.wrong)
        elif waiting is None or waiting.source != source or waiting.told.done():
            self._reject("request_id")
        elif incoming.report is not None:
            waiting.told.set_result(incoming.report)
        elif incoming.reply is None or incoming.reply.pdu != RESPONSE:
            self._reject("pdu_type", source, "a message that is no response")
        elif incoming.reply.request_id != waiting.request_id:
            self._reject("request_id", source, "a reply to another request")
        else:
            reply = incoming.reply
            waiting.told.set_result(Answer(reply.error_status, reply.error_index, reply.varbinds))

    def _by_message(self, source: Source, number: int | None) -> _Open | None:
        """The open request that was this message."""
        same = (one for one in self._open.values() if one.source == source and one.message_id == number)
        return next((one for one in same if number is not None and not one.told.done()), None)

    def _reject(self, reason: str, source: Source | None = None, text: str = "") -> None:
        self.rejected[reason] += 1
        metrics.REJECTED.labels(reason).inc()
        for heard in self._heard.get(source, ()) if source is not None else ():
            heard.wrong += 1
            heard.nonsense = text


class _Share:
    """One of those in flight. Lent to another while its device is silent, and whoever asked is told."""

    def __init__(self, in_flight: asyncio.Semaphore) -> None:
        self._in_flight, self._on_wait = in_flight, ON_WAIT.get()
        self._is_held = True

    def lend(self) -> None:
        """Once: what it asks from now on is asked beside the others."""
        if self._is_held:
            self.give_back()
            if self._on_wait is not None:
                self._on_wait()

    def give_back(self) -> None:
        """At the end, however it ends."""
        if self._is_held:
            self._is_held = False
            self._in_flight.release()


@dataclass(frozen=True, slots=True)
class _Asked:
    target: Target
    source: Source
    shard: Shard
    question: Question
    deadline: float
    level: Level
    context: str
    share: _Share


def _take(held: dict[Source, list[T]], source: Source, one: T) -> None:
    kept = held[source]
    kept.remove(one)
    if not kept:
        del held[source]


def _what(report: Oid) -> str:
    return "" if report in REPORTS and REPORTS[report] is not Refused else f"Its report: {'.'.join(map(str, report))}."
