"""The demo's last words."""

from rich.console import Console
from rich.table import Table

from cli.local.broker.files import ADMIN_USER
from cli.local.demo.flow import Outcome
from cli.local.demo.progress import words
from cli.local.demo.session import DemoSession

_MOST_PROBLEMS = 30


def print_summary(console: Console, outcome: Outcome, session: DemoSession) -> None:
    """What was done, what is right, and where to look."""
    verified, problems = outcome.verification.verified, outcome.verification.problems

    def line(text: str, *, markup: bool = True) -> None:
        console.print(text, markup=markup, highlight=False, soft_wrap=True)

    line(f"\nSweep of {outcome.sweep.get('planned')} printers in {outcome.seconds:.1f} s: {words(outcome.sweep)}")
    if problems:
        line(f"[red]{len(problems)} values are not as they should be[/] ({verified} printers are right):")
        for problem in problems[:_MOST_PROBLEMS]:
            line(f"  {problem}", markup=False)
        if len(problems) > _MOST_PROBLEMS:
            line(f"  … and {len(problems) - _MOST_PROBLEMS} more")
    else:
        line(f"[green]{verified} printers verified:[/] every recorded value is the one that the printer holds")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("page", f"{session.api}/")
    table.add_row("API", f"{session.api}/api/docs")
    if session.access is not None:
        table.add_row("RabbitMQ", f"{session.access.management_url}/")
    if session.private is not None:
        table.add_row("", f"user {ADMIN_USER}, password {session.private.password}")
    console.print(table)
