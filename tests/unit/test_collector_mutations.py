"""Damaged replies, many: the fast decoder reads them as pysnmp does, or leaves them to it, and nothing else is raised.

PRINTSWEEP_TEST_MUTATIONS=60000 makes it the long run.
"""

import os

import pytest

from services.collector.snmp import decode as complete
from services.collector.snmp import fast
from services.collector.snmp.decode import Reply
from services.collector.snmp.errors import Malformed
from services.collector.snmp.reader import decode
from tests.support.mutations import UNSIGNED, damaged_replies

SEEDS = range(1, 5)
MANY = int(os.environ.get("PRINTSWEEP_TEST_MUTATIONS", "12000"))


def is_more_patient(reply: Reply) -> bool:
    """What the fast decoder takes and pysnmp refuses, on purpose: unsigned numbers without their leading zero and wide
    ones; v2c's exceptions in v1."""
    return any(v.tag in UNSIGNED or (v.tag in (0x80, 0x81, 0x82) and reply.version == 0) for v in reply.varbinds)


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_replies_are_read_as_pysnmp_reads_them_or_refused(seed: int) -> None:
    read = 0
    for data in damaged_replies(seed, MANY // len(SEEDS)):
        try:
            found = fast.decode(data)
        except fast.Unusual:
            continue
        read += 1
        try:
            expected = complete.decode(data)
        except Malformed:
            assert is_more_patient(found), data.hex()
        else:
            assert found == expected or is_more_patient(found), data.hex()
    assert read > MANY // len(SEEDS) // 50, "damage that spares the frame must be among them"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_driver_s_decoder_raises_nothing_but_its_own_error(seed: int) -> None:
    for data in damaged_replies(-seed, MANY // len(SEEDS)):
        try:
            found = decode(data)
        except Malformed:
            continue
        for varbind in found.varbinds:
            assert isinstance(varbind.value, int | bytes | tuple | None)
            assert all(0 <= arc < 2**32 for arc in varbind.oid)
