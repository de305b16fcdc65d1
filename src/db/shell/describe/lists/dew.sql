# List of foreign-data wrappers
  SELECT fdw.fdwname AS "Name",
    pg_catalog.pg_get_userbyid(fdw.fdwowner) AS "Owner",
    fdw.fdwhandler::pg_catalog.regproc AS "Handler",
-   fdw.fdwvalidator::pg_catalog.regproc AS "Validator"
+   fdw.fdwvalidator::pg_catalog.regproc AS "Validator",
+   pg_catalog.array_to_string(fdwacl, E'\n') AS "Access privileges",
+  CASE WHEN fdwoptions IS NULL THEN '' ELSE   '(' || pg_catalog.array_to_string(ARRAY(SELECT   pg_catalog.quote_ident(option_name) ||  ' ' ||   pg_catalog.quote_literal(option_value)  FROM   pg_catalog.pg_options_to_table(fdwoptions)),  ', ') || ')'   END AS "FDW options",
+   d.description AS "Description" 
  FROM pg_catalog.pg_foreign_data_wrapper fdw
+ LEFT JOIN pg_catalog.pg_description d
+        ON d.classoid = fdw.tableoid AND d.objoid = fdw.oid AND d.objsubid = 0
  {fdwname||||00}
  ORDER BY 1;
