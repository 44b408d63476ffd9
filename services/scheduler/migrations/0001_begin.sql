-- One row: who leads. Each take-over raises the term; a write under an older term is refused.
CREATE TABLE leadership (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    term INTEGER NOT NULL,
    instance TEXT NOT NULL,
    pid INTEGER NOT NULL,
    since TEXT NOT NULL
);
INSERT INTO leadership (id, term, instance, pid, since) VALUES (1, 0, '', 0, '');

-- Single values: last_slot_at, inventory_version, snapshot_at, glpi_date, ...
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- AUTOINCREMENT: an id is never given twice, because readings are kept under it.
CREATE TABLE printers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    name TEXT NOT NULL,
    site TEXT NOT NULL,
    profile TEXT NOT NULL,
    tags TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    interval_minutes INTEGER,
    last_slot_at TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    UNIQUE (address, port)
);

CREATE TABLE sweeps (
    id TEXT PRIMARY KEY,
    slot TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    reason TEXT NOT NULL,
    planned INTEGER NOT NULL,
    backed_off INTEGER NOT NULL,
    requested INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    expired INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sweeps_open ON sweeps (closed_at, opened_at);

-- Polls that have not ended. WAITING: not yet taken by the broker. REQUESTED: taken.
CREATE TABLE polls (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    poll_id TEXT NOT NULL UNIQUE,
    printer_id INTEGER NOT NULL,
    sweep_id TEXT,
    order_id TEXT,
    site TEXT NOT NULL,
    lane TEXT NOT NULL,
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    profile TEXT NOT NULL,
    state TEXT NOT NULL,
    refuse_at TEXT NOT NULL,
    requested_at TEXT,
    expires_at TEXT,
    UNIQUE (printer_id, lane)
);
CREATE INDEX polls_waiting ON polls (state, site, lane, seq);
CREATE INDEX polls_expiring ON polls (state, expires_at);
CREATE INDEX polls_sweep ON polls (sweep_id);

-- Events on their way to the broker, in order.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    correlation_id TEXT,
    body TEXT NOT NULL
);
CREATE INDEX outbox_kind ON outbox (kind, seq);

-- Answers that a repeated command gets again.
CREATE TABLE answers (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    reply TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX answers_at ON answers (at);
