"""Replies and what damage makes of them, from a seed: for comparing decoders."""

import random
from collections.abc import Iterator
from typing import Any

from pyasn1.codec.ber import encoder
from pysnmp.proto import api

UNSIGNED = frozenset((0x41, 0x42, 0x43, 0x46))


def _value(dice: random.Random, module: Any, version: int) -> Any:
    kinds = [
        lambda: module.Integer(dice.randint(1 - 2**31, 2**31 - 1)),
        lambda: module.OctetString(dice.randbytes(dice.choice((0, 1, 5, 40, 140, 300)))),
        lambda: module.ObjectIdentifier(_oid(dice)),
        lambda: module.TimeTicks(dice.getrandbits(32)),
        lambda: (module.Counter32 if version else module.Counter)(dice.getrandbits(32)),
        lambda: (module.Gauge32 if version else module.Gauge)(dice.getrandbits(32)),
        lambda: module.IpAddress(hexValue=dice.randbytes(4).hex()),
        lambda: module.Null(""),
    ]
    if version:
        kinds += [
            lambda: module.Counter64(dice.getrandbits(64)),
            lambda: dice.choice((module.NoSuchObject, module.NoSuchInstance, module.EndOfMibView))(""),
        ]
    return dice.choice(kinds)()


def _oid(dice: random.Random) -> tuple[int, ...]:
    return (
        1,
        dice.randint(0, 39),
        *(dice.getrandbits(dice.choice((3, 7, 8, 14, 32))) for _ in range(dice.randint(1, 14))),
    )


def reply(dice: random.Random) -> bytes:
    """A response as pysnmp writes it."""
    version = dice.randrange(2)
    module = api.PROTOCOL_MODULES[version]
    pdu = module.ResponsePDU() if version else module.GetResponsePDU()
    module.apiPDU.set_defaults(pdu)
    module.apiPDU.set_request_id(pdu, dice.getrandbits(31))
    module.apiPDU.set_error_status(pdu, dice.randint(0, 5))
    module.apiPDU.set_error_index(pdu, dice.randint(0, 40))
    binds = [(_oid(dice), _value(dice, module, version)) for _ in range(dice.randint(0, 6))]
    module.apiPDU.set_varbinds(pdu, binds)
    message = module.Message()
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_community(message, dice.choice((b"public", b"", dice.randbytes(150))))
    module.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def damaged(dice: random.Random, data: bytes) -> bytes:
    """The octets with one to four places changed, lost, added, doubled or cut off."""
    made = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        where = dice.randrange(len(made)) if made else 0
        match dice.randrange(7):
            case 0:
                made[where : where + 1] = dice.randbytes(1)
            case 1 if made:
                made[where] ^= 1 << dice.randrange(8)
            case 2:
                del made[where : where + dice.randint(1, 5)]
            case 3:
                made[where:where] = dice.randbytes(dice.randint(1, 5))
            case 4:
                made[where:where] = made[where : where + dice.randint(1, 30)]
            case 5:
                del made[where:]
            case _:
                made[where : where + 1] = dice.choice((b"\x00", b"\x7f", b"\x80", b"\x81", b"\x82", b"\xff"))
    return bytes(made)


def damaged_replies(seed: int, many: int) -> Iterator[bytes]:
    """`many` damaged replies; each whole one is damaged in several ways."""
    dice = random.Random(seed)
    data = b""
    for number in range(many):
        if number % 20 == 0:
            data = reply(dice)
        yield damaged(dice, data)
