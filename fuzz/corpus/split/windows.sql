select 1;
select 'a
;';
-- c
select 2;
