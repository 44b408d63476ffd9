"""What the tests share: a real broker, real processes, a proxy that breaks connections, and patience with a limit."""

from tests.support.broker import BrokerHandle, VirtualHost
from tests.support.eventually import eventually, eventually_sync
from tests.support.process import ServiceProcess
from tests.support.proxy import TcpProxy

__all__ = ["BrokerHandle", "ServiceProcess", "TcpProxy", "VirtualHost", "eventually", "eventually_sync"]
