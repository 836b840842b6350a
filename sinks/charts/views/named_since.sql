-- Not a chart: one row, the number of the sums that customers' charts read now (0: none), and the ids that rows and
-- aliases have named since those were made: what `touched_customers` begins with.
-- (A view of its own: ClickHouse analyzes a subquery again at each place that names it, and those in it too. Of a
-- view without parameters it asks the columns.)
CREATE OR REPLACE VIEW named_since AS
WITH (SELECT (any(newest), any(part)) FROM live_sums) AS live
SELECT live.1 AS fill, groupUniqArray(id) AS ids
FROM (
  SELECT customer_key AS id
  FROM subscriptions
  WHERE live.1 > 0 AND sub_key IN (SELECT sub_key FROM subscriptions WHERE _part != live.2)
  UNION ALL
  -- Ten minutes are longer than it takes until what was noted can be read.
  SELECT arrayJoin([alias_key, customer_key])
  FROM customer_aliases
  WHERE live.1 > 0 AND noted_at >= fromUnixTimestamp64Micro(live.1) - 600
);
