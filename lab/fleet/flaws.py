"""How a device that is not "ok" treats a reply: what leaves it, and from which address."""

from collections.abc import Callable
from itertools import pairwise

from lab.fleet.device import Device
from lab.fleet.dice import dice

Source = tuple[str, int]
# (octets, address that they leave from); None is silence.
Flawed = tuple[bytes, bytes] | None

LOOPBACK = bytes((127, 0, 0, 1))


def _dead(_device: Device, _reply: bytes) -> Flawed:
    return None


def _plain(device: Device, reply: bytes) -> Flawed:
    return reply, device.address


def _lossy(device: Device, reply: bytes) -> Flawed:
    """Drop every third, so that a second or third attempt always succeeds."""
    device.dropped += 1
    return None if device.dropped % 3 == 0 else (reply, device.address)


def _garbage(device: Device, reply: bytes) -> Flawed:
    octets = b"".join(
        dice(device.seed, device.n, device.asked.datagrams, at).to_bytes(8, "big") for at in range(0, len(reply), 8)
    )
    return octets[: len(reply)], device.address


def _wrong_source(_device: Device, reply: bytes) -> Flawed:
    return reply, LOOPBACK


def _truncate(device: Device, reply: bytes) -> Flawed:
    return reply[: len(reply) // 2], device.address


FLAWS: dict[str, Callable[[Device, bytes], Flawed]] = {
    "ok": _plain,
    "slow": _plain,
    "dead": _dead,
    "lossy": _lossy,
    "garbage": _garbage,
    "wrong_source": _wrong_source,
    "truncate": _truncate,
}
# Behaviours whose replies, when they come, are right.
PASSED = frozenset(("ok", "slow", "lossy"))


def spread(devices: list[Device], shares: dict[str, float], seed: int) -> None:
    """Give each share of the devices its behaviour; which ones follows from the seed. Shares are 0 to 1, in sum too."""
    if any(share < 0 for share in shares.values()) or sum(shares.values()) > 1:
        raise ValueError("the shares of dead, slow and lossy printers must be 0 to 1, and not above 1 together")
    order = sorted(devices, key=lambda device: dice(seed, device.n, 100))
    bounds = [0]
    total = 0.0
    for share in shares.values():
        total += share
        bounds.append(round(total * len(devices)))
    for behaviour, (first, last) in zip(shares, pairwise(bounds), strict=True):
        for device in order[first:last]:
            device.behaviour = behaviour
