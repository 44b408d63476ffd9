"""The options that many commands share."""

from typing import Annotated

import typer

ApiOption = Annotated[
    str | None,
    typer.Option("--api", metavar="URL", help="Address of status_api (PRINTSWEEP_API, http://127.0.0.1:8080)."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document for programs.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="So many items at most.")]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Go on where an earlier list ended.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end and show it.")]
Timeout = Annotated[float, typer.Option("--timeout", min=1, max=86_400, help="Give up waiting after these seconds.")]
Site = Annotated[str | None, typer.Option("--site", help="Of this site only.")]
