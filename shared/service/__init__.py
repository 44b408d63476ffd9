"""The skeleton that every service has: settings → validate → run → stop."""
