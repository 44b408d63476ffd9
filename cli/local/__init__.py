"""Running printsweep on this machine: its broker, its processes, the demo and the tests."""
