-- Of the payments of each calendar period, what share was wholly refunded, whenever; by the day of the
-- payment. Trials and free periods are no payments.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   payments: how many, one-time purchases too
--   refunded: of them wholly refunded
--   refunded_in_part: of them refunded in part
--   refund_rate: refunded / payments, 0.02 is 2 %; null without payments
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_refund_rate AS
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
  f[1] AS payments, f[2] AS refunded, f[3] AS refunded_in_part,
  if(payments = 0, NULL, refunded / payments) AS refund_rate,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(one), sum(whole), sum(part)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(started), unit)) AS place,
        1 AS one, toInt64(refunded_at > 0) AS whole, toInt64(whole = 0 AND back > 0) AS part
      FROM subscriptions FINAL
      ARRAY JOIN
        `periods.started_at` AS started, `periods.paid` AS paid, `periods.refunded_at` AS refunded_at,
        `periods.refunded_usd_micros` AS back,
        dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
          `periods.product_duration`, `periods.offer_type`) AS dimension
      WHERE ({app:String} = '' OR app_id = {app:String})
        AND ({store:String} = '' OR store = {store:String})
        AND environment = {environment:String}
        AND last_paid_at >= since AND paid AND started BETWEEN since AND until
        AND chart_asked(unit, {segment:String})
      UNION ALL
      SELECT '', 0, 0, 0, 0 WHERE {segment:String} = ''
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
