"""The floor: the very datagrams of a warm sweep, sent and received on the same socket options, nothing decoded."""

import contextlib
import select
import socket
import time
from typing import Any

from services.collector.plans.pack import pack
from services.collector.plans.plans import Plans
from services.collector.snmp.endpoint import MOST_OCTETS, open_socket
from services.collector.snmp.exchange import Target
from services.collector.snmp.requests import Requests, fresh_id

IN_FLIGHT = 256
_WAIT_S = 1.0


def datagrams(plans: Plans, targets: list[Target]) -> tuple[list[tuple[bytes, tuple[str, int]]], int]:
    """The requests of one warm poll of each printer that has a plan, and how many printers that are."""
    requests, found, printers = Requests(), [], 0
    for target in targets:
        key = (target.address, target.port, target.version)
        plan = plans.get(key)
        if plan is None:
            continue
        printers += 1
        traits = plans.traits(key)
        for question in pack(plan.layout, target.version, min(traits.most, 2 * traits.varbinds)).questions:
            data = requests.build(target.version, target.community, question, fresh_id())
            found.append((data, (target.address, target.port)))
    return found, printers


def floor(plans: Plans, targets: list[Target]) -> dict[str, Any]:
    """CPU for each poll's datagrams; `lost` replies did not come within a second of the last."""
    waiting, printers = datagrams(plans, targets)
    sock, _ = open_socket(socket.AF_INET)
    poller = select.epoll()
    poller.register(sock, select.EPOLLIN)
    sent = received = 0
    cpu = time.process_time()
    try:
        while received < len(waiting):
            while sent < len(waiting) and sent - received < IN_FLIGHT:
                sock.sendto(*waiting[sent])
                sent += 1
            if not poller.poll(_WAIT_S):
                break
            with contextlib.suppress(BlockingIOError):
                while True:
                    sock.recvfrom(MOST_OCTETS)
                    received += 1
        cpu = time.process_time() - cpu
    finally:
        poller.close()
        sock.close()
    count = max(1, printers)
    return {
        "polls": printers,
        "us": 1e6 * cpu / count,
        "per_cpu_s": count / cpu,
        "pdus": len(waiting) / count,
        "lost": len(waiting) - received,
    }
