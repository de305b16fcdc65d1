create or replace procedure p() language sql begin atomic insert into t values (1); end;
select 1;
