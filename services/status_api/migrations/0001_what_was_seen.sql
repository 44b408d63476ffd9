-- Times are UTC, ISO 8601 with milliseconds, so that they sort as text.

-- A mirror of the scheduler's inventory. A removed printer leaves its row as a tombstone: an older message that comes
-- late must not bring it back.
CREATE TABLE printers (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    name TEXT NOT NULL,
    site TEXT NOT NULL,
    profile TEXT NOT NULL,
    tags TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    interval_minutes INTEGER,
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX printers_site ON printers (site, id);

-- The parts of a snapshot of the inventory that have come.
CREATE TABLE snapshot_parts (
    snapshot_id TEXT NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    version INTEGER NOT NULL,
    printer_ids TEXT NOT NULL,
    PRIMARY KEY (snapshot_id, part)
);

-- printer_id is null while only polls.started has been seen of a poll.
CREATE TABLE polls (
    poll_id TEXT PRIMARY KEY,
    printer_id INTEGER,
    sweep_id TEXT,
    order_id TEXT,
    lane TEXT,
    site TEXT,
    state TEXT NOT NULL,
    error_code TEXT,
    error_text TEXT,
    late INTEGER NOT NULL DEFAULT 0,
    requested_at TEXT,
    started_at TEXT,
    ended_at TEXT,
    seconds REAL,
    replay_of TEXT,
    seen_at TEXT NOT NULL
);
CREATE INDEX polls_printer ON polls (printer_id, seen_at);
CREATE INDEX polls_sweep ON polls (sweep_id, state);
CREATE INDEX polls_seen ON polls (seen_at);

-- The last poll of a printer that ended, for lists.
CREATE TABLE printer_polls (
    printer_id INTEGER PRIMARY KEY,
    poll_id TEXT NOT NULL,
    state TEXT NOT NULL,
    error_code TEXT,
    error_text TEXT,
    at TEXT NOT NULL
);

CREATE TABLE sweeps (
    sweep_id TEXT PRIMARY KEY,
    slot TEXT,
    reason TEXT,
    requested_by TEXT,
    missed_slots INTEGER NOT NULL DEFAULT 0,
    opened_at TEXT,
    closed_at TEXT,
    planned INTEGER NOT NULL DEFAULT 0,
    backed_off INTEGER NOT NULL DEFAULT 0,
    closed_counts TEXT,
    seen_at TEXT NOT NULL
);
CREATE INDEX sweeps_opened ON sweeps (opened_at);

-- How many polls of a sweep are in which state; kept with every change of a poll, in the same transaction.
-- word: a poll state, "late", or "refused:<reason>".
CREATE TABLE sweep_counts (
    sweep_id TEXT NOT NULL,
    word TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (sweep_id, word)
);

-- One narrow row per reading. quarantined: 0 counts, 1 held, 2 released by a person.
CREATE TABLE readings (
    id INTEGER PRIMARY KEY,
    poll_id TEXT NOT NULL UNIQUE,
    printer_id INTEGER NOT NULL,
    read_at TEXT NOT NULL,
    serial TEXT,
    total INTEGER,
    counters TEXT NOT NULL,
    complete INTEGER NOT NULL,
    quarantined INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX readings_printer ON readings (printer_id, read_at);
CREATE INDEX readings_read_at ON readings (read_at);

-- The full result of a reading that does not count, with the reason. why: unmatched or implausible.
CREATE TABLE quarantine (
    poll_id TEXT PRIMARY KEY,
    printer_id INTEGER NOT NULL,
    read_at TEXT NOT NULL,
    why TEXT NOT NULL,
    reason TEXT NOT NULL,
    result TEXT NOT NULL,
    state TEXT NOT NULL,
    settled_at TEXT,
    settled_by TEXT
);
CREATE INDEX quarantine_printer ON quarantine (printer_id, state);
CREATE INDEX quarantine_read_at ON quarantine (read_at);

-- The newest full reading of each printer. total, counters and base_* are those of the newest one that counts.
CREATE TABLE latest (
    printer_id INTEGER PRIMARY KEY,
    poll_id TEXT NOT NULL,
    read_at TEXT NOT NULL,
    reading TEXT NOT NULL,
    serial TEXT,
    model TEXT,
    manufacturer TEXT,
    firmware TEXT,
    mac TEXT,
    location TEXT,
    complete INTEGER NOT NULL,
    status TEXT NOT NULL,
    supplies TEXT NOT NULL,
    alerts TEXT NOT NULL,
    alerts_count INTEGER NOT NULL,
    lowest_percent INTEGER,
    low INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    total INTEGER,
    counters TEXT NOT NULL,
    base_serial TEXT,
    base_read_at TEXT
);
CREATE INDEX latest_serial ON latest (serial);

-- Rows only where something changed.
CREATE TABLE supplies_log (
    printer_id INTEGER NOT NULL,
    idx TEXT NOT NULL,
    at TEXT NOT NULL,
    description TEXT,
    color TEXT,
    level INTEGER,
    percent INTEGER,
    state TEXT NOT NULL,
    PRIMARY KEY (printer_id, idx, at)
);
CREATE INDEX supplies_log_at ON supplies_log (at);

CREATE TABLE alerts_log (
    printer_id INTEGER NOT NULL,
    alert TEXT NOT NULL,
    severity TEXT,
    description TEXT,
    raised_at TEXT NOT NULL,
    cleared_at TEXT,
    PRIMARY KEY (printer_id, alert, raised_at)
);
CREATE INDEX alerts_log_raised ON alerts_log (raised_at);

-- replaced (another device at the address), moved (the same device at another address), quarantined, released.
CREATE TABLE printer_events (
    id INTEGER PRIMARY KEY,
    printer_id INTEGER NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX printer_events_printer ON printer_events (printer_id, at);
CREATE INDEX printer_events_at ON printer_events (at);

CREATE TABLE glpi_verdicts (
    printer_id INTEGER PRIMARY KEY,
    serial TEXT,
    verdict TEXT NOT NULL,
    matches TEXT NOT NULL,
    reason TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    pass_id TEXT
);
CREATE INDEX glpi_verdicts_verdict ON glpi_verdicts (verdict, printer_id);

CREATE TABLE glpi_passes (
    pass_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    requested_at TEXT,
    started_at TEXT,
    finished_at TEXT,
    glpi_printers INTEGER NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}',
    error TEXT,
    seen_at TEXT NOT NULL
);

CREATE TABLE instances (
    role TEXT NOT NULL,
    instance TEXT NOT NULL,
    beat TEXT NOT NULL,
    last_beat_at TEXT NOT NULL,
    PRIMARY KEY (role, instance)
);

CREATE TABLE dead_letters (
    id TEXT PRIMARY KEY,
    message_id TEXT,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    reason TEXT NOT NULL,
    error_type TEXT NOT NULL,
    error_message TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    died_at TEXT NOT NULL,
    service TEXT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL,
    settled_at TEXT,
    settled_by TEXT,
    bytes INTEGER NOT NULL,
    summary TEXT NOT NULL,
    printer_id INTEGER,
    body BLOB NOT NULL,
    headers TEXT NOT NULL
);
CREATE INDEX dead_letters_died ON dead_letters (died_at, id);
CREATE INDEX dead_letters_state ON dead_letters (state, queue);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    at TEXT NOT NULL
);
