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
  f[1] AS new_paying_customers,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(one)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, first_one.1, first_one.2, first_one.3) AS segment,
        toUInt32(calendar_number(first, toDate(first_at), unit)) AS place,
        1 AS one
      FROM (
        SELECT
          min(first_kept_at) AS first_at,
          argMin((store, app_id, dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
              `periods.product_duration`, `periods.offer_type`)[
              arrayFirstIndex((started, paid, refunded_at) -> paid AND started = first_kept_at AND refunded_at = 0,
                `periods.started_at`, `periods.paid`, `periods.refunded_at`)]),
            (first_kept_at, sub_key)) AS first_one
        FROM by_customer(app = {app:String}, store = {store:String}, environment = {environment:String})
        WHERE first_kept_at <= until AND chart_asked(unit, {segment:String})
        GROUP BY customer
        HAVING first_at >= since
      )
      UNION ALL
      SELECT '', 0, 0 WHERE {segment:String} = ''
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
