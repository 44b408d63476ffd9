"""The figures as tables."""

from typing import Any


def report(found: dict[str, Any]) -> str:
    """Markdown."""
    lines = [
        f"{found['messages']:,} poll requests through a quorum queue, the best of {found['rounds']} interleaved "
        "rounds, all clients on uvloop; CPU time of the client's process and of the broker.",
        "",
    ]
    for part, title in (
        ("publish", "Published persistent, mandatory and confirmed, at most 200 in flight"),
        ("consume", "Consumed from a full queue with a prefetch of 500 and acked; ours also validates the body, bounds "
                    "the handler's time and counts"),
    ):  # fmt: skip
        rows = found["clients"][part]
        first = next(iter(rows.values()))["us"]
        lines += [
            f"{title}:",
            "",
            "| client | CPU µs a message | times ours | broker's CPU µs |",
            "|---|---:|---:|---:|",
        ]
        lines += [
            f"| {name} | {row['us']:,.0f} | {row['us'] / first:.1f} | {row['broker_us']:,.0f} |"
            for name, row in rows.items()
        ]
        lines.append("")
    if sweeps := found.get("sweeps"):
        lines += [
            f"The scheduler's process in a sweep of {found['printers']:,}, from the order to the sweep's end, results "
            "told every 50 ms as collectors do:",
            "",
            "| sweep | scheduler, CPU µs a poll | broker, CPU µs a poll | wall s |",
            "|---|---:|---:|---:|",
            *(
                f"| {n} | {row['us']:,.0f} | {row['broker_us']:,.0f} | {row['wall_s']:.1f} |"
                for n, row in enumerate(sweeps, 1)
            ),
        ]
    return "\n".join(lines)
