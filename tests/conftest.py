from tests.support.fixtures import broker, chromium, own_broker, start_service, table, vhost

__all__ = ["broker", "chromium", "own_broker", "start_service", "table", "vhost"]
