"""status_api: owns what was seen (readings, polls, sweeps, dead letters), and shows it."""
