-- What the executive answered, beside the event it answered.

ALTER TABLE episodic_events ADD COLUMN IF NOT EXISTS answer text;
ALTER TABLE episodic_events ADD COLUMN IF NOT EXISTS answered_at timestamptz;

CREATE INDEX IF NOT EXISTS episodic_events_unanswered ON episodic_events (id) WHERE answer IS NULL;
