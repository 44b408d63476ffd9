-- What this file was written by: plans of another program are dropped, for they may ask for other things.
CREATE TABLE about (id INTEGER PRIMARY KEY CHECK (id = 1), program TEXT NOT NULL);

-- Layouts as JSON, shared by the printers that have the same.
CREATE TABLE layouts (digest BLOB PRIMARY KEY, body BLOB NOT NULL);

-- One plan for each printer. A plan is a memory, not a record: losing it costs one whole reading.
CREATE TABLE plans (
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    version INTEGER NOT NULL,
    layout BLOB NOT NULL,
    body BLOB NOT NULL,
    learned_at REAL NOT NULL,
    PRIMARY KEY (address, port, version)
);
CREATE INDEX plans_by_age ON plans (learned_at);
