"""AMQP as printsweep uses it: links that are kept, publishing with confirms, consuming with bounds and verdicts."""
