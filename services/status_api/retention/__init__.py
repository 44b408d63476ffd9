"""Storage is bounded: what is kept for how long.

Measured (5,000 printers, 13 counters, 4 supplies, indexes included): a reading takes about 0.3 kB, a poll 0.4 kB, the
latest full reading of a printer 4 kB, a change of a supply 0.14 kB. With the default settings and a poll an hour, a
printer therefore takes about 0.25 MB for 35 days of readings, 0.1 MB a year of daily readings after that, and 0.13 MB
for 14 days of polls: 18,000 printers about 9 GB in their first year.
"""
