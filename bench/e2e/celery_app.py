"""The peer: a Celery application with one task that does nothing. Runs in an environment of its own, with Celery only.

`python celery_app.py N` publishes N of them. The worker (`celery -A celery_app worker`) writes the monotonic time at
which the Nth was acknowledged to the file NOTHING_ENDED.
"""

import os
import sys
import time
from pathlib import Path

from celery import Celery
from celery.worker.request import Request

app = Celery("celery_app", broker=os.environ["NOTHING_BROKER"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
_EXPECTED = int(os.environ["NOTHING_TASKS"])
_acknowledged = 0


class Counted(Request):
    """A request that is counted when it has been acknowledged."""

    def acknowledge(self) -> None:
        global _acknowledged
        super().acknowledge()
        _acknowledged += 1
        if _acknowledged == _EXPECTED:
            Path(os.environ["NOTHING_ENDED"]).write_text(str(time.monotonic()))


@app.task(Request="celery_app:Counted")
def nothing() -> None:
    """Does nothing."""


def publish(tasks: int) -> None:
    begun = time.monotonic()
    for _ in range(tasks):
        nothing.delay()
    sys.stdout.write(f"{begun} {time.monotonic()} {time.process_time()}\n")


if __name__ == "__main__":
    publish(int(sys.argv[1]))
