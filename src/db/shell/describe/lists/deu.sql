# List of user mappings
  SELECT um.srvname AS "Server",
-   um.usename AS "User name"
+   um.usename AS "User name",
+  CASE WHEN umoptions IS NULL THEN '' ELSE   '(' || pg_catalog.array_to_string(ARRAY(SELECT   pg_catalog.quote_ident(option_name) ||  ' ' ||   pg_catalog.quote_literal(option_value)  FROM   pg_catalog.pg_options_to_table(umoptions)),  ', ') || ')'   END AS "FDW options"
  FROM pg_catalog.pg_user_mappings um
  {um.srvname|um.usename|||00}
  ORDER BY 1, 2;
