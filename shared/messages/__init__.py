"""The messages: bodies (pydantic models), kinds (their table) and the envelope (AMQP properties)."""
