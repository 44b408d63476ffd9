"""The queues as the broker tells them."""
