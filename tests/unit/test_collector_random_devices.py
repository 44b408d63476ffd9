"""Devices that answer with anything, served in memory through the whole reader, cold and warm: every reading validates
and serialises, a warm one says what a cold one says, and nothing but an SNMP error is ever raised."""

import random
import time
from bisect import bisect_right
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.fleet.ber import OID, SEQUENCE, encode_integer, encode_oid_content, tlv
from services.collector import vendors
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.read import parts
from services.collector.snmp import exchange as x
from services.collector.snmp.errors import SnmpError
from services.collector.snmp.exchange import Answer, Octets, Oid, Question, Target, Varbind
from shared.messages.readings import Reading

TARGET = Target("127.0.0.1", 161, x.V2C, b"public", 0.1, 0)
TAGS = (x.INTEGER, x.OCTETS, x.OBJECT_ID, x.IP_ADDRESS, x.COUNTER32, x.GAUGE32, x.TIME_TICKS, x.OPAQUE, x.COUNTER64)
NUMBERS = (-3, -2, -1, 0, 1, 2, 3, 7, 99, 100, 2**31 - 1, 2**31, 2**32 - 1, 2**64 - 1, -(2**31))
RANGES = {x.INTEGER: (-(2**31), 2**31 - 1), x.COUNTER64: (0, 2**64 - 1)}
TEXTS = (
    b"",
    b"\x00",
    b"Black Toner",
    b"SER123",
    "Чёрный".encode("cp1251"),
    b"\xff\xfe\x1b[31m\xe2\x80\xae",
    b"12345",
    b"x" * 70_000,
)
COLUMNS = tuple(
    dict.fromkeys((
        *(part.rows for part in parts.WALKED),
        *(column for part in (*parts.BY_ROWS, *parts.BY_DEVICES, parts.INTERFACES) for column in part.columns),
        *(walk for vendor in vendors.VENDORS for walk in vendor.walks),
    ))
)  # fmt: skip
INDEXES = ((1,), (1, 1), (1, 2), (0, 1), (2,), (1, 1, 1), (1, 2**32 - 1), (3, 1))


def value(dice: random.Random, tag: int) -> Any:
    if tag == x.OBJECT_ID:
        return (1, 3, 6, 1, *(dice.choice((0, 1, 2, 5, 2**32 - 1)) for _ in range(dice.randint(1, 100))))
    if tag in x.NUMBERS:
        # As the wire can carry them: what is encoded otherwise is for the tests of the decoders.
        least, most = RANGES.get(tag, (0, 2**32 - 1))
        return dice.choice([number for number in NUMBERS if least <= number <= most])
    return dice.randbytes(4) if tag == x.IP_ADDRESS else dice.choice((*TEXTS, dice.randbytes(dice.randint(0, 40))))


def rows_of(dice: random.Random) -> dict[Oid, Varbind]:
    """A device: some of the columns and places that are asked, with values of any type."""
    roots = [root for vendor in vendors.VENDORS for root in vendor.roots]
    vendor = dice.choice(vendors.VENDORS)
    names = [oid for oid in (*parts.FIRST, *vendor.oids) if dice.random() < 0.7]
    names += [(*column, *index) for column in COLUMNS if dice.random() < 0.5
              for index in dice.sample(INDEXES, dice.randint(1, 4))]  # fmt: skip
    made: dict[Oid, Varbind] = {}
    for oid in names:
        tag = dice.choice(TAGS)
        made[oid] = Varbind(oid, tag, value(dice, tag))
    if dice.random() < 0.8:
        made[parts.FIRST[0]] = Varbind(parts.FIRST[0], x.OBJECT_ID, (*dice.choice(roots), 1, 2))
    return made


def encoded(varbind: Varbind) -> bytes:
    """A varbind in BER."""
    if isinstance(varbind.value, tuple):
        content = tlv(varbind.tag, encode_oid_content(varbind.value))
    elif isinstance(varbind.value, int):
        content = encode_integer(varbind.value, varbind.tag)
    else:
        content = tlv(varbind.tag, varbind.value or b"")
    return tlv(SEQUENCE, tlv(OID, encode_oid_content(varbind.oid)) + content)


class InMemory:
    """An exchange with one device behind it. `damage`: the share of replies that are lost or altered."""

    def __init__(self, rows: dict[Oid, Varbind], dice: random.Random, damage: float) -> None:
        self.rows, self.order, self.dice, self.damage = rows, sorted(rows), dice, damage
        self.warm = 0

    def _next(self, oid: Oid) -> Varbind:
        at = bisect_right(self.order, oid)
        return self.rows[self.order[at]] if at < len(self.order) else Varbind(oid, x.END_OF_MIB_VIEW, None)

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        found: list[Varbind] = []
        if question.pdu == x.GET:
            found = [self.rows.get(oid, Varbind(oid, x.NO_SUCH_INSTANCE, None)) for oid in question.oids]
        else:
            cursors = list(question.oids)
            for _ in range(max(1, question.repetitions)):
                found += (step := [self._next(oid) for oid in cursors])
                cursors = [varbind.oid for varbind in step]
        if self.dice.random() < self.damage:
            return self._damaged(found)
        return Answer(x.NO_ERROR, 0, found)

    async def ask_octets(
        self, target: Target, question: Question, deadline: float, attempts: int | None = None
    ) -> Answer | Octets:
        """As a driver gives a plain reply to who wants it undecoded."""
        answer = await self.ask(target, question, deadline, attempts)
        if answer.error_status != x.NO_ERROR:
            return answer
        self.warm += 1
        return Octets(b"".join(map(encoded, answer.varbinds)), 0)

    def _damaged(self, found: list[Varbind]) -> Answer:
        dice = self.dice
        match dice.randrange(6):
            case 0:
                raise dice.choice(SnmpError.__subclasses__())("as it happens")
            case 1:
                return Answer(dice.choice((1, 2, 5, 18, -1)), dice.choice((0, 1, 2, 99, -1)), found)
            case 2:
                dice.shuffle(found)
            case 3:
                del found[dice.randint(0, len(found)) :]
            case 4:
                found = [Varbind((*v.oid, 1), v.tag, v.value) for v in found]
            case _:
                found = [Varbind(v.oid, tag := dice.choice(TAGS), value(dice, tag)) for v in found]
        return Answer(x.NO_ERROR, 0, found)


def without_figures(reading: dict[str, Any]) -> dict[str, Any]:
    kept = orjson.loads(orjson.dumps(reading))
    for figure in ("pdus", "varbinds", "seconds"):
        kept.pop(figure)
    return kept  # type: ignore[no-any-return]


async def read(reader: Reader, **how: Any) -> dict[str, Any] | None:
    """A valid reading, or None for an SNMP error."""
    try:
        found = await reader.read(TARGET, time.monotonic() + 5, **how)
    except SnmpError:
        return None
    Reading.model_validate(found)
    texts = orjson.dumps(found).decode()
    assert texts.isprintable(), "no control characters leave the reader"
    return without_figures(found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
async def test_any_device_gives_a_valid_reading_and_twice_the_same(seed: int) -> None:
    dice = random.Random(seed)
    device = InMemory(rows_of(dice), dice, 0.0)
    reader = Reader(device, Plans())
    first = await read(reader)
    if first is not None:
        assert first == await read(reader)
        assert first == await read(reader)
        assert first == await read(reader, cold=True)


def changed(rows: dict[Oid, Varbind], dice: random.Random) -> dict[Oid, Varbind]:
    """The device a while later: some values are others, some cells are gone, some rows have come."""
    later = dict(rows)
    for oid in dice.sample(sorted(rows), min(len(rows), dice.choice((0, 1, 1, 3, 20)))):
        tag = rows[oid].tag if dice.random() < 0.8 else dice.choice(TAGS)
        later[oid] = Varbind(oid, tag, value(dice, tag))
    for oid in dice.sample(sorted(rows), min(len(rows), dice.choice((0, 0, 0, 1)))):
        del later[oid]
    if dice.random() < 0.2:
        oid = (*dice.choice(COLUMNS), *dice.choice(INDEXES))
        later.setdefault(oid, Varbind(oid, x.INTEGER, dice.randint(-3, 100)))
    return later


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
async def test_a_warm_reading_of_a_device_that_changed_is_its_cold_one(seed: int) -> None:
    dice = random.Random(seed)
    device = InMemory(rows_of(dice), dice, 0.0)
    reader = Reader(device, Plans())
    await read(reader)
    for _ in range(3):
        device = InMemory(changed(device.rows, dice), dice, 0.0)
        reader.exchange = device
        reading = await read(reader)
        assert reading == await read(Reader(device, Plans()))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.3, 1.0]))
async def test_any_device_with_any_damage_gives_a_valid_reading_or_an_error(seed: int, damage: float) -> None:
    dice = random.Random(seed)
    reader = Reader(InMemory(rows_of(dice), dice, damage), Plans())
    for _ in range(2):
        await read(reader)


async def test_warm_readings_are_among_them() -> None:
    warm = []
    for seed in range(40):
        dice = random.Random(seed)
        device = InMemory(rows_of(dice), dice, 0.0)
        reader = Reader(device, Plans())
        await read(reader)
        await read(reader)
        warm.append(device.warm)
    assert sum(count > 0 for count in warm) > len(warm) // 4, warm
