# List of extended statistics
  SELECT 
  es.stxnamespace::pg_catalog.regnamespace::pg_catalog.text AS "Schema", 
  es.stxname AS "Name", 
  pg_catalog.format('%s FROM %s', 
    pg_catalog.pg_get_statisticsobjdef_columns(es.oid), 
    es.stxrelid::pg_catalog.regclass) AS "Definition",
  CASE WHEN 'd' = any(es.stxkind) THEN 'defined' 
  END AS "Ndistinct", 
  CASE WHEN 'f' = any(es.stxkind) THEN 'defined' 
  END AS "Dependencies",
  CASE WHEN 'm' = any(es.stxkind) THEN 'defined' 
  END AS "MCV"  
  FROM pg_catalog.pg_statistic_ext es 
  {es.stxname||es.stxnamespace::pg_catalog.regnamespace::pg_catalog.text|pg_catalog.pg_statistics_obj_is_visible(es.oid)|00}
  ORDER BY 1, 2;
