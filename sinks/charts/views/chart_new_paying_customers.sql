-- Customers by the day of their first payment that was not wholly refunded. Their aliases are one; the
-- filters choose the payments, the segment is that of this one.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   new_paying_customers: how many
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_new_paying_customers AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  new_paying_customers,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt(0, count_of)(customers, place) AS found
  FROM (
    SELECT segment_named({segment:String}, split) AS segment, toUInt32(calendar_number(first, began, unit)) AS place, toInt64(sum(customers_of)) AS customers
    FROM (
      SELECT told_by({segment:String}, kept_by) AS split, toDate(kept_at) AS began, count() AS customers_of
      FROM customers(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = '1970-01-01', resolution = 'day', part = '', fill = 0)
      WHERE kept_at BETWEEN since AND until AND chart_asked(unit, {segment:String})
      GROUP BY split, began
      UNION ALL
      SELECT '', first, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS new_paying_customers, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
