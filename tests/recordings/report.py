"""Makes docs/printers.md: each recorded printer as we read it, beside what others read.

`python -m tests.recordings.report` prints it, `--write` writes it, `--check` says whether it is as it should be.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from tests.recordings.compare import BETTER, EQUAL, EXPLAINED, OPEN, Explanations, Row, compare
from tests.recordings.library import FOLDER, MISSING, Recording, load
from tests.recordings.serve import V2C, read_all

DOCUMENT = Path(__file__).parents[2] / "docs" / "printers.md"
COMMAND = "python -m tests.recordings.report --write"
_HEAD = f"""# Recorded printers

Made by `{COMMAND}`; do not edit. Each recording of a real printer was served as a
real SNMP agent over UDP (snmpsim) and read through the whole collector. Beside our reading stand what GLPI Agent reads
from the same recording, and what the tests of the recording's own source expect of it. The recordings are public and
partly anonymised by their sources; none is part of this project.

Class A is a whole walk, B the tables that one peer polls, C a fixed list of OIDs: what a recording does not hold,
nobody can read from it. *equal*: all who tell a field agree. *only ours*: nobody else reads it. *explained*: we
disagree with somebody, and the data says who is right. The supplies of GLPI Agent have no rows: it keeps one value for
each type and colour.

To read one by hand, serve the recordings and name one as the community (`./printsweep test` has made `.venv`):

    .venv/bin/snmpsim-command-responder --data-dir="$PRINTSWEEP_RECORDINGS/recorded" \\
        --agent-udpv4-endpoint=127.0.0.1:11161 --process-user=root --process-group=root
    ./printsweep read 127.0.0.1:11161 --community sharp-mx-3570n-librenms
"""


def document(recordings: list[Recording], readings: dict[str, dict[str, Any]], explanations: Explanations) -> str:
    """The whole text."""
    tables = {one.name: compare(one, readings[one.name], explanations) for one in recordings}
    parts = [_HEAD, _summary(tables), _notes(explanations)]
    parts += [_section(one, tables[one.name]) for one in recordings]
    return "\n".join(parts)


def _summary(tables: dict[str, list[Row]]) -> str:
    lines = ["| recording | fields | equal | only ours | explained | not explained |", "|---|---|---|---|---|---|"]
    total = dict.fromkeys((EQUAL, BETTER, EXPLAINED, OPEN), 0)
    for name, rows in tables.items():
        counts = {result: sum(row.result == result for row in rows) for result in total}
        for result, number in counts.items():
            total[result] += number
        lines.append(_line(f"[{name}](#{name})", str(len(rows)), *map(str, counts.values())))
    lines.append(_line("**all**", str(sum(total.values())), *map(str, total.values())))
    return "\n".join(lines) + "\n"


def _notes(explanations: Explanations) -> str:
    return "".join(f"\\* {text}\n" for text in explanations.notes.values())


def _section(recording: Recording, rows: list[Row]) -> str:
    origin = recording.origin
    lines = [
        f"## {recording.name}",
        "",
        f"Class {origin.get('class', '?')}, from `{recording.source}` (`{origin.get('path', '?')}`)"
        + (f"; {origin['remark']}." if origin.get("remark") else "."),
        "",
        "| field | ours | GLPI Agent | source's tests | |",
        "|---|---|---|---|---|",
    ]
    lines += [_line(row.field, row.ours, row.agent, row.source, row.result) for row in rows]
    reasons = [row for row in rows if row.why]
    if reasons:
        lines += ["", *(f"- **{row.field}**: {row.why}" for row in reasons)]
    return "\n".join(lines) + "\n"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def make() -> str:
    """The document, from readings made now. Raises SnmpError where a recording does not answer."""
    recordings = load()
    read = read_all(FOLDER / "recorded", [one.name for one in recordings])[V2C]
    return document(recordings, {name: one[0] for name, one in read.items()}, Explanations.load())


def main() -> int:
    """Exit status 0 when done, 1 where the document is not as it should be, 2 without recordings."""
    parser = argparse.ArgumentParser(prog="python -m tests.recordings.report", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help=f"write docs/{DOCUMENT.name}")
    what.add_argument("--check", action="store_true", help="say whether the document is as it should be")
    options = parser.parse_args()
    if not load():
        sys.stderr.write(f"{MISSING}\n")
        return 2
    text = make()
    if options.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    elif options.check:
        return int(not DOCUMENT.is_file() or DOCUMENT.read_text(encoding="utf-8") != text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
