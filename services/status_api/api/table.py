"""The table of routes: everything that the API answers, with what it takes and gives."""

from services.status_api.api import dead, events, glpi, models, polls, printers, system
from services.status_api.api.route import PageQuery, Route
from services.status_api.api.tokens import Role

VIEWER, OPERATOR, ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN


def _get(path: str, handler: object, summary: str, answer: object, query: object = None, **more: object) -> Route:
    return Route("GET", path, handler, VIEWER, summary, answer, query, **more)  # type: ignore[arg-type]


def _post(
    path: str, handler: object, role: Role, summary: str, answer: object, body: object = None, **more: object
) -> Route:
    more = {"idempotent": True} | more
    return Route("POST", path, handler, role, summary, answer, body=body, **more)  # type: ignore[arg-type]


ROUTES: tuple[Route, ...] = (
    _get("/api/printers", printers.listing, "Printers", models.Printers, printers.PrintersQuery),
    _get("/api/printers/{id}", printers.one, "One printer with its latest full reading", models.PrinterDetail),
    _get("/api/printers/{id}/history", printers.history, "Counters, supplies, events", models.History,
         printers.HistoryQuery),
    _post("/api/inventory/import", printers.import_csv, ADMIN, "Add or change printers from CSV", models.ImportReport,
          query=printers.ImportQuery, takes="text/csv", max_body=printers.MAX_CSV),
    _post("/api/inventory/printers", printers.upsert, ADMIN, "Add or change printers", models.ImportReport,
          printers.NewPrinters),
    _post("/api/inventory/remove", printers.by_ids("remove"), ADMIN, "Remove printers", models.Changed,
          printers.PrinterIds),
    _post("/api/inventory/enable", printers.by_ids("enable"), ADMIN, "Poll printers again", models.Changed,
          printers.PrinterIds),
    _post("/api/inventory/disable", printers.by_ids("disable"), ADMIN, "Poll printers no more", models.Changed,
          printers.PrinterIds),
    _get("/api/polls", polls.listing, "Polls, the newest first", models.Polls, polls.PollsQuery),
    _post("/api/polls", polls.order, OPERATOR, "Poll printers now", models.Order, polls.OrderBody,
          query=polls.WaitQuery, status=202, also=(200,)),
    _get("/api/polls/{id}", polls.one, "One poll; waits for its end", models.Poll, polls.WaitQuery),
    _get("/api/sweeps", polls.sweeps, "Sweeps, the newest first", models.Sweeps, PageQuery),
    _post("/api/sweeps", polls.order_sweep, OPERATOR, "Sweep now", models.SweepOrdered, polls.SweepBody, status=202),
    _get("/api/sweeps/{id}", polls.sweep, "One sweep; `latest` is the newest", models.Sweep),
    _get("/api/readings", system.readings, "Readings, the newest first", models.Readings, system.ReadingsQuery),
    _post("/api/readings/{id}/release", system.release, OPERATOR, "Let a held reading count", models.Released),
    _get("/api/queues", system.queues, "The broker's queues", models.Queues),
    _get("/api/dead", dead.listing, "Dead letters, the newest first", models.DeadLetters, dead.DeadQuery),
    _get("/api/dead/groups", dead.groups, "Dead letters by queue, kind, reason and error", models.DeadGroups),
    _get("/api/dead/{id}", dead.one, "One dead letter with its body", models.DeadLetterDetail),
    _post("/api/dead/replay", dead.replay, OPERATOR, "Replay dead letters", models.Replay, dead.ReplayBody),
    _post("/api/glpi/reconcile", glpi.reconcile, OPERATOR, "Match serials with GLPI", models.PassRequested,
          glpi.ReconcileBody, status=202),
    _get("/api/glpi/passes", glpi.passes, "Passes, the newest first", models.Passes, PageQuery),
    _get("/api/glpi/passes/{id}", glpi.one_pass, "One pass", models.Pass),
    _get("/api/glpi/verdicts", glpi.verdicts, "Verdicts by printer", models.Verdicts, glpi.VerdictsQuery),
    _get("/api/glpi/summary", glpi.summary, "Printers by verdict", models.GlpiSummary),
    _get("/api/services", system.services, "The services and their beats", models.Services),
    _get("/api/health", system.health, "What the doctor's checks find", models.Health),
    _get("/api/summary", system.summary, "Figures for the overview", models.Summary),
    _get("/api/audit", system.audit, "Who did what", models.Audit, PageQuery),
    _get("/api/session", system.session, "Who the caller is, and the page's CSRF token", models.SessionInfo),
    _get("/api/events", events.events, "Live updates (server-sent events)", None, gives="text/event-stream"),
)  # fmt: skip
