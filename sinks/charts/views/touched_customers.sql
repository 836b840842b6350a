-- Not a chart: one row, of what `customer_sums` do not tell any more.
--   fill: the sums' number; 0 when there are none
--   customers: whom something has happened to since: a row of a subscription of theirs is in another part than the one
--     that was summed, or an id has become theirs, or somebody else's
--   ids: all that their subscriptions may call them
-- Both hold more than they need to, also those of every environment, which is harmless: of these the charts look
-- at the subscriptions themselves.
-- (Each of its questions sees the tables as they are by then: who is made an alias in that moment may count
-- twice in this one answer.)
CREATE OR REPLACE VIEW touched_customers AS
WITH
  -- (Each in a tuple: of an array by itself IN makes no set, and looks through all of it for each row.)
  (SELECT (fill, ids) FROM named_since) AS touched,
  (
    SELECT tuple(groupUniqArray(customer_key))
    FROM (
      SELECT arrayJoin(touched.2) AS customer_key
      UNION ALL
      SELECT customer_key
      FROM customer_aliases
      WHERE alias_key IN touched.2
      UNION ALL
      SELECT customer_key
      FROM summed_aliases
      WHERE fill = touched.1 AND alias_key IN touched.2
    )
  ) AS theirs,
  (
    SELECT groupUniqArray(id)
    FROM (
      SELECT arrayJoin(theirs.1) AS id
      UNION ALL
      SELECT alias_key
      FROM customer_aliases
      WHERE customer_key IN theirs.1
    )
  ) AS ids
SELECT touched.1 AS fill, theirs.1 AS customers, ids;
