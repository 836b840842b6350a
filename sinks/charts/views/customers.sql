-- Not a chart: customers who paid, first seen on `from`, in its calendar period or later: a row each, with the columns of
-- `customer_sums`, where those are from whom nothing has happened to since. The filters choose the payments, also
-- which one was a customer's first.
-- A subscription's customer is the id that its own events gave, or the one that a newer event lists it
-- among the aliases of.
-- With `part` it is what the rows of that part say, to sum them, by the aliases that were kept for the filling `fill`.
CREATE OR REPLACE VIEW customers AS
WITH
  toDateTime(calendar_first({from:Date}, {resolution:String}), 'UTC') AS since,
  (SELECT (fill, customers, ids) FROM touched_customers) AS touched,
  -- More of them are found by looking at everybody.
  {part:String} = '' AND touched.1 > 0 AND length(touched.2) < 100000 AS known
SELECT customer_key, seen_at, paid_at, paid_by, paid_usd_micros, paid_back, kept_at, kept_by, payments
FROM (
  SELECT customer_key, seen_at, paid_at, paid_by, paid_usd_micros, paid_back, kept_at, kept_by, payments
  FROM customer_sums
  WHERE known AND fill = touched.1 AND environment = {environment:String}
    AND app_id = {app:String} AND store = {store:String}
    AND seen_at >= since AND customer_key NOT IN touched.2
  UNION ALL
  SELECT
    customer AS customer_key,
    min(seen) AS seen_at,
    moment_of(min(paid_order)) AS paid_at, told_apart(argMin(paid_as, paid_order)) AS paid_by,
    argMin(usd_of_paid, paid_order) AS paid_usd_micros,
    CAST(argMin(back_of_paid, paid_order), 'Array(Tuple(at DateTime(\'UTC\'), usd_micros Int64))') AS paid_back,
    moment_of(min(kept_order)) AS kept_at, told_apart(argMin(kept_as, kept_order)) AS kept_by,
    CAST(groupArrayArray(if(seen >= since, payments_of, [])), 'Array(Tuple(at DateTime(\'UTC\'), usd_micros Int64, unpriced Bool))') AS payments
  FROM (
    SELECT
      if(owner.customer_key = 0, theirs.id, owner.customer_key) AS customer,
      seen, paid_order, paid_as, usd_of_paid, back_of_paid, kept_order, kept_as, payments_of
    FROM (
      SELECT
        customer_key AS id, least(first_seen_at, first_paid_at) AS seen,
        payment_order_of(first_paid_at, sub_key) AS paid_order, payment_order_of(first_kept_at, sub_key) AS kept_order,
        toUInt32(arrayFirstIndex((paid, started) -> paid AND started = first_paid_at, `periods.paid`, `periods.started_at`)) AS place,
        toUInt32(arrayFirstIndex((paid, started, refunded_at) -> paid AND started = first_kept_at AND refunded_at = 0,
          `periods.paid`, `periods.started_at`, `periods.refunded_at`)) AS place_kept,
        told_as(app_id, store, `periods.country_code`, `periods.product_id`, `periods.product_duration`, `periods.offer_type`, place) AS paid_as,
        told_as(app_id, store, `periods.country_code`, `periods.product_id`, `periods.product_duration`, `periods.offer_type`, place_kept) AS kept_as,
        `periods.usd_micros`[place] AS usd_of_paid,
        arrayMap(back -> (back.1, back.2), arrayFilter(back -> back.3 = place, arrayZip(`refunds.at`, `refunds.usd_micros`, `refunds.place`))) AS back_of_paid,
        arrayMap(paid -> (paid.1, paid.2 - paid.3, paid.4), arrayFilter(paid -> paid.5,
          arrayZip(`periods.started_at`, `periods.usd_micros`, `periods.refunded_usd_micros`, `periods.unpriced`, `periods.paid`))) AS payments_of
      FROM subscriptions
      WHERE ({app:String} = '' OR app_id = {app:String})
        AND ({store:String} = '' OR store = {store:String})
        AND environment = {environment:String}
        AND last_paid_at > 0
        AND if({part:String} = '', row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded), _part = {part:String})
        AND (NOT known OR customer_key IN touched.3)
    ) AS theirs
    -- Most aliases are a customer's own id, which need not be looked up.
    LEFT ANY JOIN (
      SELECT alias_key, customer_key
      FROM customer_aliases FINAL
      WHERE {part:String} = '' AND environment = {environment:String} AND alias_key != customer_key
        AND (NOT known OR alias_key IN touched.3)
      UNION ALL
      SELECT alias_key, customer_key
      FROM summed_aliases
      WHERE {part:String} != '' AND fill = {fill:UInt64} AND environment = {environment:String}
    ) AS owner ON theirs.id = owner.alias_key
  )
  WHERE NOT known OR customer IN touched.2
  GROUP BY customer
  HAVING seen_at >= since
);
