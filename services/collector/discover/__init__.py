"""Finding the printers of a network: one small question to each address first."""
