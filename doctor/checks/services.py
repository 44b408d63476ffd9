"""Services by their beats: is each there, does it get on, does exactly one scheduler lead?"""

from collections.abc import Iterator

from doctor.checks.check import Check
from doctor.finding import Finding
from doctor.snapshot import BeatView, Snapshot

SILENT_S = 15.0  # three beats
FORGOTTEN_S = 300.0  # a process that is silent for longer is history, unless its whole role is
SKEW_S = 30.0
BACKLOG_S = 60.0  # messages that have just arrived are no backlog yet
DISK_WARNING, DISK_ERROR = (0.10, 1_000_000_000), (0.03, 200_000_000)  # free share, and never warned with more bytes

# Role → seconds without progress while messages wait and it is connected. A GLPI pass is one long message.
_PATIENCE = {"collector": 75.0, "glpi_sync": 900.0}
_DEFAULT_PATIENCE = 45.0


def _beats(snapshot: Snapshot, role: str | None = None) -> list[BeatView]:
    beats = snapshot.status.beats if snapshot.status else ()
    return [b for b in beats if role in (None, b.role)]


def alive(beat: BeatView) -> bool:
    """Heard within three beats and not ended by itself."""
    return beat.age_s <= SILENT_S and beat.state != "stopped"


def _missing(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.status is None or snapshot.status.listening_s < SILENT_S:
        return
    for role in snapshot.roles:
        beats = _beats(snapshot, role)
        living = [b for b in beats if alive(b)]
        if not living:
            last = min(beats, key=lambda b: b.age_s, default=None)
            heard = (
                f"the last beat came {last.age_s:.0f} s ago from {last.instance}, which was {last.state}"
                if last
                else f"no beat in the {snapshot.status.listening_s:.0f} s of listening"
            )
            yield check.found(
                "error",
                role,
                f"No {role} is running: not one beats.",
                heard,
                f"`printsweep restart {role}`; `printsweep logs {role}` says why it ended.",
            )
            continue
        for beat in beats:
            if beat.state != "stopped" and SILENT_S < beat.age_s <= FORGOTTEN_S:
                yield check.found(
                    "warning",
                    f"{role} {beat.instance}",
                    f"The {role} {beat.instance} has fallen silent without saying that it stops.",
                    f"last beat {beat.age_s:.0f} s ago, {len(living)} other {role} is alive",
                    f"It was killed, is frozen or has lost the broker: `printsweep logs {role}`. "
                    "Its unfinished messages are delivered to others.",
                )


def _frozen(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.broker is None or snapshot.wanted is None:
        return
    busy_roles = {b.role for b in _beats(snapshot) if alive(b) and b.in_flight}
    for beat in _beats(snapshot):
        if not alive(beat) or beat.state not in ("running", "leader"):
            continue
        if not beat.in_flight and beat.role in busy_roles:
            continue  # it serves other queues than the one with the backlog
        own = {q.name for q in snapshot.wanted.queues if q.consumer == beat.role}
        patience = _PATIENCE.get(beat.role, _DEFAULT_PATIENCE)
        waiting = [
            f"{q.ready:,} in {name}"
            for name, q in sorted(snapshot.broker.queues.items())
            if name in own and q.ready and q.consumers and q.waiting_s >= min(patience, BACKLOG_S)
        ]
        since = beat.last_progress_at or beat.started_at
        still = (snapshot.at - since).total_seconds() if since else 0.0
        if waiting and still >= patience:
            yield check.found(
                "error",
                f"{beat.role} {beat.instance}",
                f"The {beat.role} {beat.instance} beats but gets nothing done, while messages wait.",
                f"no progress for {still:.0f} s, {beat.in_flight:,} in flight, waiting: {', '.join(waiting)}",
                f"`printsweep logs {beat.role}`, then `printsweep restart {beat.role}`: "
                "what it holds is delivered again.",
            )


def _paused(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for beat in _beats(snapshot, "collector"):
        if alive(beat) and beat.detail.get("paused") is True:
            yield check.found(
                "error",
                f"collector {beat.instance}",
                f"The collector {beat.instance} has paused: the broker does not take its results.",
                f"{beat.detail.get('results_waiting') or 0} results wait to be published",
                "Is status.record full (`printsweep queues`)? Then `printsweep logs status_api` says why. "
                "It goes on by itself.",
            )


def _leader(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    schedulers = [b for b in _beats(snapshot, "scheduler") if alive(b) and b.state != "starting"]
    leaders = [b for b in schedulers if b.state == "leader" and not _superseded(b, schedulers)]
    names = ", ".join(f"{b.instance} ({b.state}, {b.age_s:.0f} s ago)" for b in schedulers)
    if len(leaders) > 1:
        yield check.found(
            "error",
            "scheduler",
            f"{len(leaders)} schedulers say that they lead: printers may be polled twice.",
            names,
            "Do they use the same broker and virtual host? Stop all but one, and restart that one.",
        )
    elif schedulers and not leaders:
        yield check.found(
            "error",
            "scheduler",
            "Schedulers are running but none leads: nothing is planned.",
            names,
            "One takes over within 15 s after another froze. If this stays: is the queue scheduler.leader held by a "
            "process that is not listed here? RabbitMQ's own page shows its connection.",
        )


def _superseded(beat: BeatView, schedulers: list[BeatView]) -> bool:
    """A killed leader's last beat is young for some seconds after another took over: that is not two leaders.

    Every take-over raises the term. An older term is certain to be still claimed only where its beat is the later one.
    """
    term = beat.detail.get("term")
    return isinstance(term, int) and any(
        other.state == "leader" and other.age_s < beat.age_s and isinstance(newer, int) and newer > term
        for other in schedulers
        for newer in (other.detail.get("term"),)
    )


def _versions(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    by_version: dict[str, set[str]] = {}
    for beat in _beats(snapshot):
        if alive(beat) and beat.version:
            by_version.setdefault(beat.version, set()).add(beat.role)
    if len(by_version) > 1:
        yield check.found(
            "warning",
            "versions",
            "Services of different versions run side by side.",
            "; ".join(f"{v}: {', '.join(sorted(roles))}" for v, roles in sorted(by_version.items())),
            "Restart those that were left behind by the update.",
        )


def _skew(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for beat in _beats(snapshot):
        if beat.skew_s is not None and alive(beat) and abs(beat.skew_s) > SKEW_S:
            way = "ahead of" if beat.skew_s > 0 else "behind"
            yield check.found(
                "warning",
                f"{beat.role} {beat.instance}",
                f"The clock of {beat.host or beat.instance} is {abs(beat.skew_s):.0f} s {way} that of status_api.",
                f"{beat.role} {beat.instance}, measured at its last beat",
                "Let both machines take their time from the same NTP server: times of readings are wrong by as much.",
            )


def _glpi(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for beat in _beats(snapshot, "glpi_sync"):
        error = beat.detail.get("glpi_error")
        if error and alive(beat):
            yield check.found(
                "warning",
                beat.instance,
                "GLPI cannot be used: serial numbers are not being matched.",
                str(error)[:500],
                "Open GLPI in a browser; check its address and tokens (PRINTSWEEP_GLPI_SYNC_…). "
                "What failed is tried again after 5, 20 and 80 minutes.",
            )


def _disk(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for disk in snapshot.status.disks if snapshot.status else ():
        free = disk.free / disk.total if disk.total else 0.0

        def under(limit: tuple[float, int], free: float = free, left: int = disk.free) -> bool:
            return free < limit[0] and left < limit[1]

        if under(DISK_WARNING):
            yield check.found(
                "error" if under(DISK_ERROR) else "warning",
                disk.path,
                f"The disk that holds {disk.path} is nearly full.",
                f"{disk.free // 1_000_000:,} MB free of {disk.total // 1_000_000:,} MB ({free:.1%})",
                "Free space there, or move the data folder (PRINTSWEEP_DATA_DIR) to a larger disk.",
            )


CHECKS = (
    Check("service_missing", "A service is not running, or a process has fallen silent.", _missing),
    Check("service_frozen", "A service beats but gets nothing done.", _frozen),
    Check("collector_paused", "A collector cannot get rid of its results.", _paused),
    Check("scheduler_leader", "No scheduler leads, or several do.", _leader),
    Check("versions_differ", "Services of different versions run side by side.", _versions),
    Check("clock_skew", "The clocks of two machines differ.", _skew),
    Check("glpi_error", "GLPI cannot be used.", _glpi),
    Check("disk_full", "The disk of a data folder is nearly full.", _disk),
)
