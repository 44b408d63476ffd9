from tests.support.fixtures import broker, chromium, own_broker, start_service, vhost

__all__ = ["broker", "chromium", "own_broker", "start_service", "vhost"]
