#!/usr/bin/env python3
"""A table of 300,000 rows as people read it. The aim is 0.6 of psql's CPU."""

import measure as m

SELECT = (
    "select i as id, 'name ' || i as name, i * 1.25 as price, i % 3 = 0 as sold, "
    "case when i % 5 > 0 then 'a note, with a comma ' || i end as note from generate_series(1, 300000) i"
)
folder = m.project()
theirs = [m.PSQL, "-X", m.server(), "-c", SELECT]
for title, ours in [
    ("query, psql", [m.GLADYS, "query", SELECT]),
    ("gladys psql, psql", [m.GLADYS, "psql", "-X", "-c", SELECT]),
]:
    m.same(ours, theirs, folder)
    m.compare(title, ours, theirs, folder, 0.6)
