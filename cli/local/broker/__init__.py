"""A private RabbitMQ node: found, configured, started and stopped by us, on loopback, leaving nothing behind."""
