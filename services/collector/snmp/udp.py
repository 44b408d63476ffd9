"""The driver: many devices over one UDP socket, each reply matched to what was asked of whom.

A reply counts only if its source address and port, version, community, PDU type and request-id are those of an open
request (SNMP has no other protection in v1 and v2c). Everything else is counted and forgotten; nothing that comes
in can raise into the event loop.
"""

import asyncio
import ipaddress
import math
import socket
import time
from collections import Counter, deque
from functools import lru_cache

import structlog

from services.collector import metrics
from services.collector.snmp.decode import Reply
from services.collector.snmp.endpoint import MOST_OCTETS, RECEIVE_BUFFER, dropped_by_kernel, open_socket
from services.collector.snmp.errors import BudgetSpent, Malformed, NoAnswer, Nonsense, Unreachable
from services.collector.snmp.exchange import NO_ERROR, RESPONSE, Answer, Octets, Question, Target
from services.collector.snmp.fast import Frame
from services.collector.snmp.patience import ON_WAIT, Patience
from services.collector.snmp.reader import decode, decode_rest, head_of
from services.collector.snmp.requests import Requests, fresh_id
from services.collector.snmp.window import Window

log = structlog.get_logger(__name__)

Source = tuple[str, int]
TICK_S = 0.05
# What is read from the socket and not yet decoded: in all, and of one source. More is a flood, and not decoded.
MOST_BACKLOG, MOST_BACKLOG_OCTETS, MOST_OF_A_SOURCE = 20_000, 64 * 1024 * 1024, 32
MOST_WRONG = 64  # wrong datagrams to one request; after that its source is not listened to until the next one
MOST_A_TURN = 4_000  # datagrams read before others have their turn
BUSY_S = 1.0  # how long a timeout waits for the backlog to be decoded
SLICE_S = 0.02  # decoding may hold the loop this long, then others have their turn


@lru_cache(maxsize=65_536)
def _literal(address: str) -> tuple[socket.AddressFamily, str]:
    """An address's family, and the form in which the kernel names it. Raises ValueError."""
    found = ipaddress.ip_address(address)
    return socket.AF_INET6 if found.version == 6 else socket.AF_INET, str(found)


class _Open:
    """A request that waits for its answer; it may have been sent several times under several ids.

    One is made for each request: what most never need is set on the class and costs nothing.
    """

    turn: "asyncio.Future[None]"  # done when the answer is there or this attempt's time is over
    answer: Answer | Octets | None = None
    expires = 0.0  # monotonic; 0 when nothing is waited for
    nonsense = ""
    wrong = 0  # datagrams that came for it and were not accepted
    is_counted = True  # in the window
    is_closed = False

    def __init__(self, source: Source, target: Target, *, wants_octets: bool) -> None:
        self.source, self.target, self.wants_octets = source, target, wants_octets
        self.ids: list[int] = []
        self.on_wait = ON_WAIT.get()
        # Unanswered by then, it leaves the window and its asker is told; infinite once that is done or not needed.
        self.soon = math.inf


class UdpExchange:
    """Implements `Exchange`. Use as an async context; needs a running loop. IPv6 gets a socket when first needed."""

    def __init__(self, receive_buffer: int = RECEIVE_BUFFER) -> None:
        self._wanted = receive_buffer
        self._sockets: dict[int, socket.socket] = {}
        self._requests = Requests()
        self._open: dict[int, _Open] = {}  # by request-id; bounded by the window times the attempts
        self._by_source: dict[Source, list[_Open]] = {}
        self._backlog: deque[tuple[bytes, Source]] = deque()
        self._backlog_octets = 0
        self._backlog_of: dict[Source, int] = {}
        self._expiring: deque[_Open] = deque()
        self._patience: Patience[_Open] = Patience(self._step_aside, self._look)
        self._drained_at = 0.0  # monotonic; what came before has been decoded once the backlog is empty
        self._decoding = False
        self._sent = 0  # not yet told to the metrics
        self.overflowed = 0
        self._ticker: asyncio.Task[None] | None = None
        self.rejected: Counter[str] = Counter()
        self.receive_buffer = 0
        self.window = Window(0)

    async def __aenter__(self) -> "UdpExchange":
        self._socket(socket.AF_INET)
        self.window = Window(self.receive_buffer)
        self._ticker = asyncio.create_task(self._tick(), name="snmp-timeouts")
        return self

    async def __aexit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait([self._ticker])
        self._patience.close()
        for sock in self._sockets.values():
            loop.remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    @property
    def port(self) -> int:
        """The UDP port that IPv4 requests leave from."""
        return int(self._sockets[socket.AF_INET].getsockname()[1])

    @property
    def watched(self) -> int:
        """How many requests were unanswered when it was last looked whether a printer keeps its asker waiting."""
        return len(self._patience)

    def _socket(self, family: int) -> socket.socket:
        found = self._sockets.get(family)
        if found is None:
            found, granted = open_socket(family, self._wanted)
            self.receive_buffer = self.receive_buffer or granted
            metrics.RECEIVE_BUFFER.set(self.receive_buffer)
            self._sockets[family] = found
            asyncio.get_running_loop().add_reader(found.fileno(), self._drain, found)
            log.info("snmp.socket", ip_version=6 if family == socket.AF_INET6 else 4, receive_buffer=granted)
        return found

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        """See Exchange.ask."""
        answer = await self._ask(target, question, deadline, attempts, wants_octets=False)
        assert isinstance(answer, Answer)  # noqa: S101 - for the type checker: octets come to who wants them
        return answer

    async def ask_octets(
        self, target: Target, question: Question, deadline: float, attempts: int | None = None
    ) -> Answer | Octets:
        """See OctetExchange.ask_octets."""
        return await self._ask(target, question, deadline, attempts, wants_octets=True)

    async def _ask(
        self, target: Target, question: Question, deadline: float, attempts: int | None, *, wants_octets: bool
    ) -> Answer | Octets:
        family, address = _literal(target.address)
        sock = self._sockets.get(family) or self._socket(family)
        if not self.window.entered():
            await self.window.enter()
        waiting = _Open((address, target.port), target, wants_octets=wants_octets)
        try:
            same = self._by_source.get(waiting.source)
            if same is None:
                self._by_source[waiting.source] = [waiting]
            else:
                same.append(waiting)
            self._patience.watch(waiting)
            return await self._converse(sock, waiting, question, deadline, attempts or target.retries + 1)
        finally:
            self._close(waiting)
            if waiting.is_counted:
                self.window.leave()

    async def _converse(
        self, sock: socket.socket, waiting: _Open, question: Question, deadline: float, attempts: int
    ) -> Answer | Octets:
        timeout_s, loop = waiting.target.timeout_s, asyncio.get_running_loop()
        for _ in range(attempts):
            now = time.monotonic()
            if now >= deadline:
                raise BudgetSpent
            waiting.turn = loop.create_future()
            self._send(sock, waiting, question)
            waiting.expires = min(now + timeout_s, deadline)
            self._expiring.append(waiting)
            await waiting.turn
            if waiting.answer is not None:
                self.window.answered()
                return waiting.answer
            metrics.TIMEOUTS.inc()
        if waiting.nonsense:
            raise Nonsense(f"What came: {waiting.nonsense}.")
        if time.monotonic() >= deadline:
            raise BudgetSpent
        raise NoAnswer(f"{attempts} requests of {len(question.oids)} values, {timeout_s:g} s for each.")

    def _send(self, sock: socket.socket, waiting: _Open, question: Question) -> None:
        request_id = fresh_id()
        while request_id in self._open:
            request_id = fresh_id()
        waiting.ids.append(request_id)
        self._open[request_id] = waiting
        target = waiting.target
        data = self._requests.build(target.version, target.community, question, request_id)
        self._sent += 1
        try:
            sock.sendto(data, waiting.source)
        except (BlockingIOError, ConnectionError):
            metrics.NOT_SENT.inc()  # as good as lost on the way: the next attempt comes after the timeout
        except OSError as error:
            raise Unreachable(f"{waiting.source[0]}: {error.strerror}.") from error

    def _close(self, waiting: _Open) -> None:
        if waiting.is_closed:
            return
        waiting.is_closed, waiting.expires, waiting.soon = True, 0.0, math.inf
        for request_id in waiting.ids:
            del self._open[request_id]
        same = self._by_source[waiting.source]
        if len(same) == 1:
            del self._by_source[waiting.source]
        else:
            same.remove(waiting)

    def _drain(self, sock: socket.socket) -> None:
        """Reads all there is; decoding comes after, in slices, so that the kernel's buffer is emptied in time."""
        begun = time.monotonic()
        receive, backlog, known, of = sock.recvfrom, self._backlog, self._by_source, self._backlog_of
        for _ in range(MOST_A_TURN):
            if len(backlog) >= MOST_BACKLOG or self._backlog_octets >= MOST_BACKLOG_OCTETS:
                break
            try:
                data, sender = receive(MOST_OCTETS)
            except BlockingIOError:
                self._drained_at = begun
                break
            except OSError as error:  # an ICMP error that some systems report here: it belongs to nobody in particular
                log.debug("snmp.receive", error=str(error))
                continue
            source = sender if len(sender) == 2 else sender[:2]  # IPv6 tells two numbers more
            if source not in known:
                self._reject("wrong_source")
                continue
            before = of.get(source, 0)
            if before >= MOST_OF_A_SOURCE:
                self._reject("flood")
                continue
            of[source] = before + 1
            self._backlog_octets += len(data)
            backlog.append((data, source))
        if backlog and not self._decoding:
            self._decoding = True
            asyncio.get_running_loop().call_soon(self._decode_some)

    def _decode_some(self) -> None:
        until = time.monotonic() + SLICE_S
        while self._backlog:
            data, source = self._backlog.popleft()
            self._backlog_octets -= len(data)
            others = self._backlog_of.pop(source) - 1
            if others:
                self._backlog_of[source] = others
            try:
                self._accept(data, source)
            except Exception:  # the border to the event loop: a bug costs this datagram, not the driver
                self._reject("bug", source, "a datagram that printsweep itself stumbled over")
                log.exception("snmp.bug", source=source[0], octets=len(data))
            if time.monotonic() >= until and self._backlog:
                asyncio.get_running_loop().call_soon(self._decode_some)
                return
        self._decoding = False
        self._patience.end_until(self._drained_at)

    def _accept(self, data: bytes, source: Source) -> None:
        same = self._by_source.get(source)
        if same is None:
            self._reject("unasked")
            return
        if same[0].wrong >= MOST_WRONG and all(waiting.wrong >= MOST_WRONG for waiting in same):
            self._reject("flood")
            return
        head = head_of(data)
        if head is not None and self._take_octets(data, source, head):
            return
        try:
            reply = decode(data) if head is None else decode_rest(data, head)
        except Malformed as error:
            self._reject("malformed", source, f"a datagram that is no SNMP message ({error.detail or 'malformed'})")
            return
        waiting = self._waiting(reply.request_id, source)
        wrong = self._wrong(reply, waiting)
        if wrong is not None or waiting is None:
            reason, text = wrong or ("unasked", "")
            self._reject(reason, source, text)
        elif not waiting.turn.done():
            waiting.answer = Answer(reply.error_status, reply.error_index, reply.varbinds)
            waiting.turn.set_result(None)
            self._close(waiting)

    def _waiting(self, request_id: int, source: Source) -> _Open | None:
        """The open request of this id, if it was this source that was asked."""
        found = self._open.get(request_id)
        return found if found is not None and found.source == source else None

    def _take_octets(self, data: bytes, source: Source, head: Frame) -> bool:
        """Gives a reply undecoded to who wants it so; False where it is to be looked at wholly."""
        waiting = self._waiting(head.request_id, source)
        if waiting is None or not waiting.wants_octets or waiting.turn.done() or head.error_status != NO_ERROR:
            return False
        if head.version != waiting.target.version or head.community != waiting.target.community:
            return False
        waiting.answer = Octets(data, head.start)
        waiting.turn.set_result(None)
        self._close(waiting)
        return True

    def _wrong(self, reply: Reply, waiting: _Open | None) -> tuple[str, str] | None:
        """Why a reply does not count: a word for the metric and one for people."""
        if waiting is None:
            return "request_id", ""  # mostly a late one: no sign of nonsense
        if reply.pdu != RESPONSE:
            return "pdu_type", "a message that is no response"
        if reply.version != waiting.target.version:
            return "version", "a reply in another SNMP version"
        if reply.community != waiting.target.community:
            return "community", "a reply with another community"
        return None

    def _reject(self, reason: str, source: Source | None = None, text: str = "") -> None:
        """Counts a datagram that is not accepted; whoever waits for that source remembers what came instead."""
        self.rejected[reason] += 1
        metrics.REJECTED.labels(reason).inc()
        if source is not None:
            for waiting in self._by_source.get(source, ()):
                waiting.wrong += 1
                waiting.nonsense = text or waiting.nonsense

    async def _tick(self) -> None:
        """Ends what has waited too long; a little later while something that has come in is still to be decoded: a
        busy process must not take its own slowness for a printer's silence."""
        while True:
            await asyncio.sleep(TICK_S)
            for sock in self._sockets.values():
                self._drain(sock)
            self._note_overflow()
            metrics.PDUS.inc(self._sent)
            self._sent = 0
            now = time.monotonic() - (BUSY_S if self._backlog else 0.0)
            self._patience.end_until(now)
            metrics.WINDOW.set(self.window.size)
            for _ in range(len(self._expiring)):
                waiting = self._expiring.popleft()
                if not waiting.expires:
                    continue  # answered
                if waiting.expires <= now:
                    waiting.expires = 0.0
                    if not waiting.turn.done():
                        waiting.turn.set_result(None)
                    continue
                self._expiring.append(waiting)

    def _look(self) -> None:
        """Whether somebody's patience has ended; while the backlog is decoded, `_decode_some` looks when it is done."""
        for sock in self._sockets.values():
            self._drain(sock)
        if not self._backlog:
            self._patience.end_until(self._drained_at)

    def _step_aside(self, waiting: _Open) -> None:
        """Most that is unanswered for so long never will be: it may not keep the living from being asked."""
        waiting.is_counted = False
        self.window.leave()
        if waiting.on_wait is not None:
            waiting.on_wait()

    def _note_overflow(self) -> None:
        """Fewer in flight where the kernel had to throw replies away: that is the one loss that waiting prevents."""
        dropped = sum(dropped_by_kernel(sock) for sock in self._sockets.values())
        if dropped > self.overflowed:
            metrics.OVERFLOWED.inc(dropped - self.overflowed)
            log.warning("snmp.overflow", datagrams=dropped - self.overflowed, window=int(self.window.size))
            self.overflowed = dropped
            self.window.overflowed()
