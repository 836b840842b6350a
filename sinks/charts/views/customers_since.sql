-- Not a chart: customers who begin on `from` or later, among those who paid. `mark` says with what: `seen`,
-- when the events or a payment say that they came; `paid`, their first payment; `kept`, the first that was
-- not wholly refunded.
--   earliest: when that was, and its subscription: see payment_order_of
--   ids: what their subscriptions call them
-- A subscription's customer is the id that its own events gave, or the one that a newer event lists it
-- among the aliases of. Ids are grouped before they are looked up: of most it is known then that they began
-- earlier, and are nobody's alias.
CREATE OR REPLACE VIEW customers_since AS
SELECT
  if(owner.customer_key = 0, theirs.id, owner.customer_key) AS customer,
  min(earliest_of_id) AS earliest, groupArray(id) AS ids
FROM (
  SELECT customer_key AS id, min(payment_order_of(
    if({mark:String} = 'kept', first_kept_at, identity(
    if({mark:String} = 'paid', first_paid_at, least(first_seen_at, first_paid_at)))), sub_key)) AS earliest_of_id
  FROM subscriptions
  WHERE ({app:String} = '' OR app_id = {app:String})
    AND ({store:String} = '' OR store = {store:String})
    AND environment = {environment:String}
    AND last_paid_at > 0
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
HAVING moment_of(earliest) >= toDateTime({from:Date}, 'UTC');
