"""How many repeated 50-varbind GETs a second one core of the simulated fleet answers, beside a bare UDP echo."""
