#!/usr/bin/env python3
"""Exporting a million rows: `query --format csv` against `psql --csv`, COPY against COPY. The aim is 0.45 of the CPU, in 10 MB."""

import measure as m

SELECT = "select * from gladys_bench_rows order by id"
m.sql("drop table if exists gladys_bench_rows")
m.sql(
    "create table gladys_bench_rows as select i as id, 'name ' || i as name, i * 1.25 as price, i % 3 = 0 as sold, "
    "case when i % 5 > 0 then 'a note, with a comma ' || i end as note from generate_series(1, 1000000) i; "
    "alter table gladys_bench_rows add primary key (id); analyze gladys_bench_rows"
)
folder = m.project()
ours = [m.GLADYS, "query", "--format", "csv", SELECT]
theirs = [m.PSQL, "-X", "--csv", m.server(), "-c", SELECT]
through = [m.GLADYS, "query", f"copy ({SELECT}) to stdout (format csv, header)"]
copy = [m.PSQL, "-X", m.server(), "-c", f"copy ({SELECT}) to stdout (format csv, header)"]
m.same(ours, theirs, folder)
m.same(ours, copy, folder)
m.same(through, copy, folder)
m.compare("csv, psql --csv", ours, theirs, folder, 0.45)
m.compare("COPY, psql COPY", through, copy, folder, 1.0)
psql = [m.GLADYS, "psql", "-X", "--csv", "-c", SELECT]
m.same(psql, theirs, folder)
m.compare("gladys psql --csv, psql --csv", psql, theirs, folder, 0.45)
m.sql("drop table gladys_bench_rows")
