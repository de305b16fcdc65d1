#!/usr/bin/env python3
"""Data of COPY through the shell, a million rows to and from the server. The aim is psql's CPU."""

import os
import subprocess

import measure as m

m.sql("drop table if exists gladys_bench_from, gladys_bench_to")
m.sql(
    "create table gladys_bench_from as select i as id, 'name ' || i as name, i * 1.25 as price from generate_series(1, 1000000) i; "
    "create unlogged table gladys_bench_to (like gladys_bench_from)"
)
folder = m.project()
data = os.path.join(folder, "data")
ours, theirs = [m.GLADYS, "psql", "-X"], [m.PSQL, "-X", m.server()]


def compare(title, *words, before=lambda: None):
    m.compare(title, [*ours, *words], [*theirs, *words], folder, 1.0, before=before)


def empty():
    m.sql("truncate gladys_bench_to")


m.same([*ours, "-c", "copy gladys_bench_from to stdout"], [*theirs, "-c", "copy gladys_bench_from to stdout"], folder)
compare("COPY TO STDOUT", "-c", "copy gladys_bench_from to stdout")
compare("\\copy to", "-c", f"\\copy gladys_bench_from to '{data}'")
compare("\\copy from", "-c", f"\\copy gladys_bench_to from '{data}'", before=empty)
subprocess.run("(echo 'copy gladys_bench_to from stdin;'; cat data; echo '\\.') > script.sql", shell=True, cwd=folder, check=True)
compare("COPY FROM STDIN in a script", "-f", "script.sql", before=empty)
m.sql("drop table gladys_bench_from, gladys_bench_to")
