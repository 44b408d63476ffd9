"""Run with `python -m bench.flow.client <what> <messages>`, the address in BENCH_URL: one client, measured alone."""

import json
import os
import sys
import time

import uvloop

from bench.flow import ours, peers
from shared import logs

CLIENTS = {
    "publish/ours, many at once": ours.publish_many,
    "publish/ours, a call for each": ours.publish_each,
    "publish/aio-pika": peers.publish_aio_pika,
    "publish/aiormq": peers.publish_aiormq,
    "consume/ours": ours.consume,
    "consume/aio-pika": peers.consume_aio_pika,
    "consume/aiormq": peers.consume_aiormq,
}


def main() -> None:
    what, messages = sys.argv[1], int(sys.argv[2])
    logs.set_up("bench", "flow", level="WARNING", style="text")
    begun = time.monotonic()
    spent = uvloop.run(CLIENTS[what](os.environ["BENCH_URL"], messages))
    print(json.dumps({"us": 1e6 * spent / messages, "wall_s": time.monotonic() - begun}))


if __name__ == "__main__":
    main()
