select $1, a$b$c;$d, $_$ ; $_$, $1a$ ; $1a$;
