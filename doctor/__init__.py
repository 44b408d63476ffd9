"""Doctor: every known fault has a check that says it in a plain sentence, with evidence and a remedy.

`snapshot` is what the checks look at, `collect` reads it from a living system, `checks` holds the table of checks.
"""
