"""Plans: what a printer answered when it was read whole, so that the next reading asks just that, in few requests.

Nothing that is served comes out of a plan: every value of a reading was read in that poll.
"""
