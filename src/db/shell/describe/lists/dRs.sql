# List of subscriptions
  SELECT subname AS "Name"
  ,  pg_catalog.pg_get_userbyid(subowner) AS "Owner"
  ,  subenabled AS "Enabled"
  ,  subpublications AS "Publication"
+ , subbinary AS "Binary"
+ , substream AS "Streaming"
+ , subtwophasestate AS "Two-phase commit"
+ , subdisableonerr AS "Disable on error"
+ ,  subsynccommit AS "Synchronous commit"
+ ,  subconninfo AS "Conninfo"
+ , subskiplsn AS "Skip LSN"
  FROM pg_catalog.pg_subscription
  WHERE subdbid = (SELECT oid
                   FROM pg_catalog.pg_database
                   WHERE datname = pg_catalog.current_database())
  {subname||||11}
  ORDER BY 1;
