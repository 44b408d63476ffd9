"""The figures as Markdown."""

from collections.abc import Mapping, Sequence

from bench.e2e.peer import Nothing
from bench.e2e.pipeline import QUEUES, SIMULATORS, Sweep

_SIMULATED = {"fleet": "simulator: printers", "glpi": "simulator: GLPI"}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(['---'] + ['---:'] * (len(head) - 1))}|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def report(
    sweeps: Sequence[Sweep], peaks: Mapping[str, float], readings: int, right: int, problems: Sequence[str],
    nothing: Nothing | None,
) -> str:  # fmt: skip
    """All tables. `right` of the printers hold exactly what the simulator holds."""
    names = sorted(peaks, key=lambda name: (name in SIMULATORS, name))
    printers = sweeps[-1].planned
    wall = [
        ["last result committed", *(f"**{s.recorded_s:.1f} s**" for s in sweeps)],
        ["sweep closed", *(f"{s.closed_s:.1f} s" for s in sweeps)],
        ["printers a second", *(f"{s.planned / s.recorded_s:,.0f}" for s in sweeps)],
        ["done / failed", *(f"{s.done:,} / {s.failed:,}" for s in sweeps)],
    ]
    cpu = [
        [_SIMULATED.get(name, name), *(f"{s.meter.spent[name]:.1f}" for s in sweeps), f"{peaks[name]:.0f}"]
        for name in names
    ]
    ours = [sum(v for n, v in s.meter.spent.items() if n not in SIMULATORS) for s in sweeps]
    cpu += [
        ["all without the simulators", *(f"**{v:.1f}**" for v in ours), ""],
        ["ms per poll", *(f"{v / s.planned * 1000:.2f}" for v, s in zip(ours, sweeps, strict=True)), ""],
        ["others on the machine", *(f"{s.meter.others_s:.1f}" for s in sweeps), ""],
    ]
    parts = [
        f"{printers:,} printers, scheduler, broker, collectors, status_api and glpi_sync as processes of one machine, "
        "the simulators beside them. Wall time from the order of the sweep:",
        table(["", *(s.name for s in sweeps)], wall),
        "CPU seconds of each process until the last result was committed, and its peak memory:",
        table(["process", *(s.name for s in sweeps), "peak MB"], cpu),
        f"Afterwards {readings:,} readings are in the database, and of {printers:,} printers {right:,} hold exactly "
        "what their simulator holds (the dead: that they did not answer)."
        + "".join(f"\n- wrong: {p}" for p in problems[:10]),
    ]
    for sweep in sweeps:
        rows = [[f"{at:.1f} s", *(f"{d:,}" for d in depths)] for at, depths in sweep.depths.told()]
        rows.append(["**most**", *(f"**{d:,}**" for d in sweep.depths.most())])
        parts += [f"Messages that waited in the queues, {sweep.name}:", table(["after", *QUEUES], rows)]
    if nothing is not None:
        parts += [_peer(nothing, sweeps[-1])]
    return "\n\n".join(parts)


def _peer(nothing: Nothing, warm: Sweep) -> str:
    rows = [[f"CPU s, {name}", f"{value:.1f}"] for name, value in nothing.cpu.items()]
    rows += [[f"peak MB, {name}", f"{value:.0f}"] for name, value in nothing.peaks.items()]
    return (
        f"Beside it, the same broker and the same run: Celery 5 publishes and runs {nothing.tasks:,} tasks that do "
        "**nothing** (confirms, acks_late, prefork with 2 processes, its own classic queue):\n\n"
        + table(
            ["Celery", ""],
            [
                ["first publish to last ack", f"**{nothing.wall_s:.1f} s**"],
                ["of that publishing", f"{nothing.publishing_s:.1f} s"],
                ["tasks a second", f"{nothing.tasks / nothing.wall_s:,.0f}"],
                *rows,
            ],
        )
        + f"\n\nThe {warm.name} sweep takes {warm.recorded_s / nothing.wall_s:.2f} times as long as Celery's nothing."
    )
