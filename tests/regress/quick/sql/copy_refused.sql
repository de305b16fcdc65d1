-- Data behind a COPY that the server refuses is not run (as in psql since 15.19).
create temp table t (a int);
copy t (b) from stdin;
select 'run';
\echo run
\.
copy t from stdin \; copy gone from stdin;
1
\.
select 'run';
\.
select * from t;
