-- The audit trail is shortened from its old end.

-- +goose Up
CREATE INDEX audit_events_at ON audit_events (at);

-- +goose Down
DROP INDEX audit_events_at;
