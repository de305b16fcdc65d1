select ';', "a;b", $$;$$, $x$ $$;$x$, E'\\';', U&"d;", b'1', x'f;';
select 2;
