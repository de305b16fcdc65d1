select 1; copy t (a, b) from stdin;
1	';
\.
select 'after';
