"""One bad result of a batch goes to the dead letters by itself, with its reason; the good ones are recorded."""

import orjson

from services.status_api.record.valid import Bad
from shared.broker.deadletters import Reporter, copy_of, dead_letter
from shared.broker.delivery import Delivery
from shared.broker.publisher import Publisher


class SetAside:
    """Publishes the dead letter of one result. Raises what publishing raises: the batch is delivered again then."""

    def __init__(self, publisher: Publisher, reporter: Reporter) -> None:
        self._publisher, self._reporter = publisher, reporter

    async def __call__(self, delivery: Delivery, bad: Bad) -> None:
        """The dead letter is a polls.finished with this result alone, so that it can be looked at and replayed."""
        message, exchange = dead_letter(delivery.raw, delivery.queue, bad.error, self._reporter)
        alone = orjson.dumps({"collector": bad.collector, "results": [bad.raw]})
        single = copy_of(delivery.raw, dict(message.headers))
        single.body = alone
        await self._publisher.send(single, exchange, delivery.queue)
