-- +goose Up

-- What an incremental round must know of the scope: the excluded groups with those inside
-- them, and the named groups that Graph does not know. And the settling time by which the
-- last round has merged.
ALTER TABLE pull_states
    ADD COLUMN excluded jsonb  NOT NULL DEFAULT '[]',
    ADD COLUMN vanished jsonb  NOT NULL DEFAULT '[]',
    ADD COLUMN settle   bigint NOT NULL DEFAULT 0;

-- How much there is to read, and how many attempts have ended by a fault: an attempt that
-- a stopping server hands over is none.
ALTER TABLE sync_runs
    ADD COLUMN expected jsonb   NOT NULL DEFAULT '{}',
    ADD COLUMN faults   integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sync_runs DROP COLUMN expected, DROP COLUMN faults;
ALTER TABLE pull_states DROP COLUMN excluded, DROP COLUMN vanished, DROP COLUMN settle;
