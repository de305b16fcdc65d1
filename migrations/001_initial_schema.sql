-- What the system knows and what it has lived through.

CREATE TABLE IF NOT EXISTS heuristics (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text             NOT NULL UNIQUE,
    condition   text             NOT NULL CHECK (condition <> ''),
    response    text             NOT NULL,
    confidence  double precision NOT NULL DEFAULT 0.5 CHECK (confidence BETWEEN 0 AND 1),
    enabled     boolean          NOT NULL DEFAULT true,
    created_at  timestamptz      NOT NULL DEFAULT now()
);

COMMENT ON TABLE heuristics IS 'Learned answers: an event whose text contains the condition gets the response';

CREATE TABLE IF NOT EXISTS episodic_events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at timestamptz      NOT NULL DEFAULT now(),
    source      text             NOT NULL,
    raw_text    text             NOT NULL CHECK (raw_text <> ''),
    salience    double precision NOT NULL DEFAULT 0 CHECK (salience BETWEEN 0 AND 1)
);

COMMENT ON TABLE episodic_events IS 'Every event, in the order in which it arrived';

CREATE INDEX IF NOT EXISTS episodic_events_occurred_at ON episodic_events (occurred_at DESC);
CREATE INDEX IF NOT EXISTS episodic_events_salience ON episodic_events (salience DESC, occurred_at DESC);
