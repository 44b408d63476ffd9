"""The operator's commands: they ask status_api over HTTP, and the broker where a command says so.

Exit status of every command here (`doctor` has its own meaning of 1 and 2, told in its help):

| status | meaning |
|---|---|
| 0 | done, or all is well |
| 1 | the thing asked for failed: a poll that is not DONE, a line of a CSV that was refused, findings |
| 2 | the command was not understood: see `--help` |
| 3 | status_api cannot be reached, or something else answers at its address |
| 4 | status_api refuses: no token, a wrong one, or one without the right |
| 5 | what was asked for does not exist |
"""
