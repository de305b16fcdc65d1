-- Two heuristics to begin with; one that was changed or switched off since stays as it is.

INSERT INTO heuristics (name, condition, response, confidence)
VALUES
    ('greeting', 'hello', 'Hello! I am listening.', 0.4),
    ('low-health', 'low health', 'Find cover and heal first.', 0.9)
ON CONFLICT (name) DO NOTHING;
