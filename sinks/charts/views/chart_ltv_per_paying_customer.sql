-- What customers first seen in each calendar period have paid on the days 0 to window_days since then,
-- gross of tax and commission, net of refunds whenever they came, for each of them who paid. First seen is
-- the earlier of what the events say and the first payment. A customer's aliases are one; the filters
-- choose the payments, the segment is that of the first one.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   paying_customers: with a payment within the window that was not wholly refunded
--   revenue_usd: USD that they paid within the window, less what went back
--   ltv_usd: revenue_usd / paying_customers, USD; null without any
--   unpriced: payments within the window without a price in USD, worth nothing here
--   incomplete: window_days have not passed since the calendar period's last day
CREATE OR REPLACE VIEW chart_ltv_per_paying_customer AS
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
  f[1] AS paying_customers, usd_of(f[2]) AS revenue_usd,
  if(paying_customers = 0, NULL, revenue_usd / paying_customers) AS ltv_usd,
  f[3] AS unpriced,
  CAST(calendar_start(first, number, unit) + {window_days:UInt32} > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(paying), sum(usd), sum(unpriced)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_named({segment:String}, split) AS segment,
        toUInt32(calendar_number(first, toDate(seen_at), unit)) AS place,
        toInt64(kept_at <= last) AS paying,
        arraySum(paid -> if(paid.at <= last, paid.usd_micros, 0), payments) AS usd,
        toInt64(arrayCount(paid -> paid.unpriced AND paid.at <= last, payments)) AS unpriced
      FROM (
        SELECT
          told_by({segment:String}, paid_by) AS split, seen_at, kept_at, payments,
          least(at, toDateTime(toDate(seen_at) + {window_days:UInt32} + 1, 'UTC') - 1) AS last
        FROM customers(
          app = {app:String}, store = {store:String}, environment = {environment:String},
          from = {from:Date}, resolution = {resolution:String}, part = '', fill = 0)
        WHERE seen_at <= until AND chart_asked(unit, {segment:String})
      )
      UNION ALL
      SELECT '', 0, 0, 0, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
