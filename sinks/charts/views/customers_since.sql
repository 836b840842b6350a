-- Not a chart: customers who begin on `from` or later, among those who paid. `mark` says with what: see mark_of.
--   earliest: when that was, and its subscription: see payment_order_of
--   ids: what their subscriptions call them
-- A subscription's customer is the id that its own events gave, or the one that a newer event lists it
-- among the aliases of. Ids are grouped before they are looked up: of most it is known then that they began
-- earlier, and are nobody's alias. Of an id that nothing has touched `first_marks` knows it already, where no
-- filter leaves out some of its subscriptions: `known`. (It is asked once, and before `subscriptions` is looked
-- at. Should its part be gone by then, every id is a touched one.)
CREATE OR REPLACE VIEW customers_since AS
WITH {app:String} = '' AND {store:String} = '' AND (SELECT count() FROM live_sums) > 0 AS known
SELECT customer, earliest, ids
FROM (
  SELECT customer_key AS customer, payment_order_of(moment, sub_key) AS earliest, [customer_key] AS ids
  FROM first_marks
  WHERE known
    AND fill IN (SELECT newest FROM live_sums)
    AND environment = {environment:String} AND mark = {mark:String} AND moment >= toDateTime({from:Date}, 'UTC')
    AND customer_key NOT IN (SELECT id FROM touched_ids(environment = {environment:String}))
  UNION ALL
  SELECT
    if(owner.customer_key = 0, theirs.id, owner.customer_key) AS customer,
    min(earliest_of_id) AS earliest, groupArray(id) AS ids
  FROM (
    SELECT customer_key AS id, min(mark_of({mark:String}, first_seen_at, first_paid_at, first_kept_at, sub_key)) AS earliest_of_id
    FROM subscriptions
    WHERE ({app:String} = '' OR app_id = {app:String})
      AND ({store:String} = '' OR store = {store:String})
      AND environment = {environment:String}
      AND last_paid_at > 0
      AND if(known, customer_key IN (SELECT id FROM touched_ids(environment = {environment:String})), true)
      AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
    GROUP BY id
    HAVING moment_of(earliest_of_id) >= toDateTime({from:Date}, 'UTC')
      OR id IN (
        SELECT arrayJoin([alias_key, customer_key]) FROM customer_aliases
        WHERE environment = {environment:String} AND alias_key != customer_key)
  ) AS theirs
  -- Most aliases are a customer's own id, which need not be looked up.
  LEFT ANY JOIN (
    SELECT alias_key, customer_key FROM customer_aliases FINAL
    WHERE environment = {environment:String} AND alias_key != customer_key
  ) AS owner ON theirs.id = owner.alias_key
  GROUP BY customer
  HAVING moment_of(earliest) >= toDateTime({from:Date}, 'UTC')
);
