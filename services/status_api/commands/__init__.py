"""Commands to the other services."""
