"""`printsweep docs`: the documents that are made from code, and the check that they still are."""

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

from cli.errors import CommandError
from cli.local.home import ROOT
from shared.messages.asyncapi import document, page
from shared.words import ROLES

app = typer.Typer()


async def _output(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, complaint = await asyncio.wait_for(process.communicate(), 60)
    if process.returncode:
        raise CommandError(f"python -m {' '.join(arguments)} failed: {complaint.decode()[-500:]}")
    return out.decode()


async def _settings() -> dict[str, list[dict[str, Any]]]:
    texts = await asyncio.gather(*(_output(f"services.{role}", "--describe") for role in ROLES))
    found = {role: json.loads(text) for role, text in zip(ROLES, texts, strict=True)}
    everybody = [row for row in found[ROLES[0]] if not row["own"]]
    return {"every service": everybody} | {role: [r for r in rows if r["own"]] for role, rows in found.items()}


def _settings_page(groups: dict[str, list[dict[str, Any]]]) -> str:
    lines = [
        "# Settings",
        "",
        "Made by `./printsweep docs`. Environment first, then `.env`. A setting marked *file* may come from a file: "
        "give its path in the name with `_FILE` at its end. An unknown name is answered with the nearest known one.",
    ]
    for group, rows in groups.items():
        lines += ["", f"## {group}", "", "| name | meaning | default |", "|---|---|---|"]
        for row in rows:
            note = " *(file)*" if row["secret"] else ""
            lines.append(f"| `{row['name']}` | {row['meaning'].replace('|', '/')}{note} | {row['default'] or '–'} |")
    return "\n".join(lines) + "\n"


def _env_example(groups: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["# Copy to .env and change what you need. Made by `./printsweep docs`; every value here is the default."]
    for group, rows in groups.items():
        lines += ["", f"# --- {group} ---"]
        for row in rows:
            name = f"{row['name']}_FILE" if row["secret"] else row["name"]
            lines += [f"# {row['meaning']}", f"# {name}={'' if row['secret'] else row['default']}"]
    return "\n".join(lines) + "\n"


async def documents() -> dict[str, str]:
    """Path → content of every document that is made from code."""
    groups = await _settings()
    openapi = json.loads(await _output("services.status_api.api"))
    return {
        "docs/asyncapi.json": json.dumps(document(), indent=1, ensure_ascii=False) + "\n",
        "docs/messages.md": page(),
        "docs/openapi.json": json.dumps(openapi, indent=1, ensure_ascii=False) + "\n",
        "docs/settings.md": _settings_page(groups),
        ".env.example": _env_example(groups),
    }


@app.command()
def docs(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 where a document is not current.")
    ] = False,
) -> None:
    """Make the documents that come from code: messages, HTTP API, settings."""
    stale = []
    for name, content in asyncio.run(documents()).items():
        path = ROOT / name
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            stale.append(name)
            if not check:
                path.write_text(content, encoding="utf-8")
    if stale and check:
        raise CommandError(f"Not current: {', '.join(stale)}. Run `./printsweep docs`.")
    typer.echo(f"{len(stale)} written" if stale else "all current")
