-- Times are UTC ISO texts of one width, so that they compare as texts.

-- What the printers told last. serial: the normal form, '' where a printer tells none; raw: as it was told.
-- told_at: when it last told a serial at all. asked, asked_at: the serial that a single question is on its way for.
CREATE TABLE serials (
    printer_id BIGINT NOT NULL PRIMARY KEY,
    serial TEXT NOT NULL,
    raw TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    told_at TEXT NOT NULL,
    asked TEXT,
    asked_at TEXT
);

-- The verdicts that were given last, and on which serial (normal form).
CREATE TABLE verdicts (
    printer_id BIGINT NOT NULL PRIMARY KEY,
    serial TEXT NOT NULL,
    verdict TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    pass_id TEXT
);

-- GLPI's printers as the last pass read them, the bin included.
CREATE TABLE glpi_printers (
    id BIGINT NOT NULL PRIMARY KEY,
    entity_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    serial TEXT,
    normal TEXT NOT NULL,
    in_trash INTEGER NOT NULL,
    is_dynamic INTEGER NOT NULL,
    pages BIGINT
);
CREATE INDEX glpi_printers_normal ON glpi_printers (normal);

CREATE TABLE glpi_entities (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

-- state: ordered (by this service itself, not begun), running, done, failed. counts: JSON, verdict -> printers.
CREATE TABLE passes (
    pass_id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    attempts INTEGER NOT NULL,
    glpi_printers BIGINT NOT NULL,
    counts TEXT NOT NULL,
    error TEXT
);
