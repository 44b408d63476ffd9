-- A poll stands in one of the two only: half the work of its three steps.
DROP INDEX polls_waiting;
DROP INDEX polls_expiring;
CREATE INDEX polls_waiting ON polls (site, lane, seq) WHERE state = 'WAITING';
CREATE INDEX polls_expiring ON polls (expires_at) WHERE state = 'REQUESTED';
