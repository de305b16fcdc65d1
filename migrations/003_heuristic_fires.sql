-- When a heuristic fired, for which event, and how often each has.

CREATE TABLE IF NOT EXISTS heuristic_fires (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    heuristic_id bigint      NOT NULL REFERENCES heuristics (id) ON DELETE CASCADE,
    event_id     bigint      NOT NULL REFERENCES episodic_events (id) ON DELETE CASCADE,
    fired_at     timestamptz NOT NULL DEFAULT now(),
    outcome      text        NOT NULL DEFAULT 'unknown' CHECK (outcome IN ('unknown', 'success', 'failure')),
    UNIQUE (heuristic_id, event_id)
);

CREATE INDEX IF NOT EXISTS heuristic_fires_event ON heuristic_fires (event_id);
CREATE INDEX IF NOT EXISTS heuristic_fires_recent ON heuristic_fires (heuristic_id, fired_at DESC);

ALTER TABLE heuristics ADD COLUMN IF NOT EXISTS fire_count bigint NOT NULL DEFAULT 0;
