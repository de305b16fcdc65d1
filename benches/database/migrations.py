#!/usr/bin/env python3
"""A thousand migrations from nothing, against sqlx-cli (`cargo install sqlx-cli --no-default-features --features postgres,rustls`).

Trivial ones (`select 1`): the aim is 0.5 of the work (see `measure.py`), or of the wall time. With a table each, where the server does the work: 1.0. SQLX in the
environment is the program.
"""

import os
import urllib.parse

import measure as m

SQLX = os.environ.get("SQLX", "sqlx")


def write(folder, text):
    os.makedirs(os.path.join(folder, "migrations"), exist_ok=True)
    for number in range(1, 1001):
        with open(os.path.join(folder, "migrations", f"{number:04}_step.sql"), "w") as file:
            file.write(text.format(number))


name = urllib.parse.urlparse(m.server()).path.lstrip("/")
if not name.startswith("bench"):
    raise SystemExit(f"`{name}` would be emptied: use a database whose name begins with `bench`")
folder = m.project("migrations/*.sql")
ours = [m.GLADYS, "--quiet", "migrate"]
theirs = [SQLX, "migrate", "run", "--source", "migrations", "-D", m.server()]


def empty():
    """A new database: one in which a thousand tables were dropped has a swollen catalog."""
    m.sql(f"drop database if exists {name} with (force)", "postgres")
    m.sql(f"create database {name}", "postgres")


def applied(words, table):
    empty()
    m.run(words, folder)
    m.sql(f"do $$ begin assert (select count(*) from {table}) = 1000; end $$")


for title, text, aim in [
    ("1,000 trivial, sqlx-cli", "select {};\n", 0.5),
    ("1,000 tables, sqlx-cli", "create table t{} (id int primary key, name text not null);\n", 1.0),
]:
    write(folder, text)
    applied(ours, "gladys_migrations")
    applied(theirs, "_sqlx_migrations")
    m.compare(title, ours, theirs, folder, aim, before=empty, by="work" if m.POSTMASTER else "wall")
