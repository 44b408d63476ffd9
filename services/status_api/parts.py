"""The parts of status_api that the HTTP API reaches."""

from dataclasses import dataclass

from aiohttp import web

from services.status_api.api.security import Guard
from services.status_api.beats.registry import Registry
from services.status_api.broker_view.view import BrokerView
from services.status_api.commands.rpc import Commands
from services.status_api.dead.replay import Replayer
from services.status_api.health import Health
from services.status_api.live.hub import Hub
from services.status_api.record.recorder import Recorder
from services.status_api.settings import StatusApiSettings
from shared.broker.publisher import Publisher
from shared.database import Database


@dataclass(slots=True)
class Parts:
    """Handed to every handler. `database` writes, `reader` reads beside it."""

    settings: StatusApiSettings
    database: Database
    reader: Database
    publisher: Publisher
    commands: Commands
    recorder: Recorder
    registry: Registry
    view: BrokerView
    health: Health
    hub: Hub
    replayer: Replayer
    guard: Guard


PARTS = web.AppKey("parts", Parts)
