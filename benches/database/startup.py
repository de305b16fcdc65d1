#!/usr/bin/env python3
"""Start-up and `select 1`, 20 runs to a measurement. The aim is 0.6 of psql's CPU."""

import measure as m

folder = m.project()
theirs = [m.PSQL, "-X", m.server(), "-c", "select 1"]
for title, ours in [
    ("query, psql", [m.GLADYS, "query", "select 1"]),
    ("gladys psql, psql", [m.GLADYS, "psql", "-X", "-c", "select 1"]),
]:
    m.same(ours, theirs, folder)
    m.compare(title, ours, theirs, folder, 0.6, repeat=20)
