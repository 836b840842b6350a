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
        segment_named({segment:String}, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(seen), unit)) AS place,
        paying, usd, unpriced
      FROM (
        SELECT
          any(seen) AS seen,
          if({segment:String} = '', toLowCardinality(''), argMin(split, payment_order_of(first_paid_at, sub_key))) AS dimension,
          toInt64(max(paying_here)) AS paying, sum(usd_here) AS usd, toInt64(sum(unpriced_here)) AS unpriced
        FROM (
          SELECT
            customer, sub_key, first_paid_at, seen,
            least(at, toDateTime(toDate(seen) + {window_days:UInt32} + 1, 'UTC') - 1) AS last,
            -- Of the first payment.
            dimension_of({segment:String}, store, app_id, dimensions_of({segment:String}, `periods.country_code`,
              `periods.product_id`, `periods.product_duration`, `periods.offer_type`, `periods.paid`)[arrayFirstIndex(
                (started, paid) -> paid AND started = first_paid_at, `periods.started_at`, `periods.paid`)]) AS split,
            arrayExists((started, paid, refunded_at) -> paid AND refunded_at = 0 AND started <= last,
              `periods.started_at`, `periods.paid`, `periods.refunded_at`) AS paying_here,
            arraySum((started, paid, usd, back) -> if(paid AND started <= last, usd - back, 0),
              `periods.started_at`, `periods.paid`, `periods.usd_micros`, `periods.refunded_usd_micros`) AS usd_here,
            arrayCount((started, paid, unpriced) -> paid AND unpriced AND started <= last,
              `periods.started_at`, `periods.paid`, `periods.unpriced`) AS unpriced_here
          FROM (
            SELECT
              customer_key, sub_key, app_id, store, first_paid_at,
              `periods.started_at`, `periods.paid`, `periods.usd_micros`, `periods.refunded_usd_micros`,
              `periods.refunded_at`, `periods.unpriced`,
              `periods.country_code`, `periods.product_id`, `periods.product_duration`, `periods.offer_type`
            FROM subscriptions
            WHERE ({app:String} = '' OR app_id = {app:String})
              AND ({store:String} = '' OR store = {store:String})
              AND environment = {environment:String}
              AND last_paid_at > 0
              -- Who was seen before the range is not in it: what they paid is not looked at.
              AND least(first_seen_at, first_paid_at) >= since
              AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
              AND chart_asked(unit, {segment:String})
          ) AS theirs
          INNER JOIN (
            SELECT customer, moment_of(earliest) AS seen, arrayJoin(ids) AS id
            FROM customers_since(app = {app:String}, store = {store:String}, environment = {environment:String},
              from = first, mark = 'seen')
            WHERE seen <= until
          ) AS found ON theirs.customer_key = found.id
        )
        GROUP BY customer
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
