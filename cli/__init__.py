"""The command line: running printsweep on this machine, and the operator's commands."""
