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
      segment, toUInt32(calendar_number(first, paid_on, unit)) AS place,
      CAST([sum(payments_of), sum(whole_of_them), sum(part_of_them)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_named({segment:String}, group_split_of({segment:String}, dimension_of({segment:String}, store, app_id, dimension))) AS segment,
        toDate(started) AS paid_on,
        count() AS payments_of, countIf(refunded_at > 0) AS whole_of_them, countIf(refunded_at = 0 AND back > 0) AS part_of_them
      FROM (
        SELECT
          store, app_id, `periods.country_code`, `periods.offer_type`, `periods.paid`, `periods.product_duration`,
          `periods.product_id`, `periods.refunded_at`, `periods.refunded_usd_micros`, `periods.started_at`
        FROM subscriptions
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
          AND last_paid_at >= since
          AND chart_asked(unit, {segment:String})
      )
      ARRAY JOIN
        `periods.started_at` AS started, `periods.paid` AS paid, `periods.refunded_at` AS refunded_at,
        `periods.refunded_usd_micros` AS back,
        dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
          `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimension
      WHERE paid AND started BETWEEN since AND until
      GROUP BY group_key_of({segment:String}, dimension_of({segment:String}, store, app_id, dimension)), paid_on
      UNION ALL
      SELECT '', first, 0, 0, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
