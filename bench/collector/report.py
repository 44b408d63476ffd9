"""The figures as tables."""

from typing import Any

from bench.collector.polls import WARM


def _row(name: str, row: dict[str, Any]) -> str:
    return (
        f"| {name} | {row['polls']:,} | {row.get('varbinds', 0):.0f} | {row.get('pdus', 0):.1f} | {row['us']:,.0f} | "
        f"{row['per_cpu_s']:,.0f} | {row.get('lost', row.get('failed', 0))} |"
    )


def report(found: dict[str, Any]) -> str:
    """Markdown."""
    polls, peers = found["polls"], found["peers"]
    by_name = {row["name"]: row for row in polls["sweeps"]}
    lines = [
        "From socket to finished reading, the living printers of the fleet (all simulated models, v1 and v2c); warm is "
        f"the best of {WARM} sweeps:",
        "",
        "| sweep | polls | varbinds | PDUs | CPU µs a poll | polls per CPU second | lost |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_row(row["name"], row) for row in polls["sweeps"]),
        _row("floor: the warm datagrams, nothing decoded", polls["floor"]),
    ]
    everybody = polls["everybody"]
    warm, cold = by_name["warm"], by_name["cold"]
    lines += [
        "",
        f"With the {everybody['dead']:,} dead among them: {everybody['polls']:,} polls in {everybody['wall_s']:.1f} s, "
        f"{everybody['lost'] - everybody['dead']} replies lost, {everybody['dropped_by_kernel']} datagrams dropped by "
        "the kernel.",
        f"Memory: {polls['rss_before_mb']:.0f} MB before the first poll, {warm['rss_mb']:.0f} MB with "
        f"{warm['plans']:,} plans, {everybody['rss_mb']:.0f} MB at the end.",
        f"Against the floor: a warm poll is {warm['us'] / polls['floor']['us']:.1f} times its bare datagrams.",
        "",
        f"The same questions by others ({peers['printers']} printers, v2c):",
        "",
        "| client | CPU ms a warm poll | times ours | CPU ms a cold poll | times ours |",
        "|---|---:|---:|---:|---:|",
    ]
    for key, name in (
        ("hlapi_us", "pysnmp's high-level API"),
        ("commands_us", "snmpget, snmpgetnext, snmpbulkget (a process each)"),
    ):
        if key in peers["warm"]:
            w, c = peers["warm"][key], peers["cold"][key]
            lines.append(f"| {name} | {w / 1e3:.1f} | {w / warm['us']:.0f} | {c / 1e3:.1f} | {c / cold['us']:.0f} |")
        else:
            lines.append(f"| {name} | not installed (Debian: snmp) | | | |")
    if "broker" in found:
        lines += [
            "",
            "The whole service with RabbitMQ: consume, read, publish with confirms, ack:",
            "",
            "| sweep | polls | CPU µs a poll | polls per CPU second | failed |",
            "|---|---:|---:|---:|---:|",
            *(
                f"| {row['name']} | {row['polls']:,} | {row['us']:,.0f} | {row['per_cpu_s']:,.0f} | {row['failed']} |"
                for row in found["broker"]["sweeps"]
            ),
        ]
    for sweep, shares in polls["where"].items():
        lines += ["", f"Where the time of a {sweep} sweep goes, without the broker (Python's own profiler):", ""]
        lines += ["| module | share |", "|---|---:|"]
        lines += [f"| {place} | {100 * share:.0f} % |" for place, share in shares]
    return "\n".join(lines)
