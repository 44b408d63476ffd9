"""The scheduler: inventory, calendar, sweeps; one leads, others stand by."""
