-- What was paid in each calendar period, by the day of the payment, at its day's rate; one-time
-- purchases too. refunds_on: refunds count on the day of the original payment (history changes) or of the
-- refund (RevenueCat's version 3). The filters choose the payments, also which one was a customer's first.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   payments: how many
--   gross_usd: USD paid, tax included
--   refunded_usd: USD that went back
--   revenue_usd: gross_usd - refunded_usd
--   new_usd: of the revenue, that of customers' first payments
--   renewal_usd: of the revenue, that of all other payments
--   net_of_tax_usd: revenue_usd less tax; a share that nobody told counts as 0
--   proceeds_usd: revenue_usd less tax and commission; a share that nobody told counts as 0
--   unpriced: payments without a price in USD, worth nothing here
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_revenue AS
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
  f[1] AS payments, usd_of(f[2]) AS gross_usd, usd_of(f[3]) AS refunded_usd, usd_of(f[2] - f[3]) AS revenue_usd,
  usd_of(f[4]) AS new_usd, usd_of(f[2] - f[3] - f[4]) AS renewal_usd,
  usd_of(f[5]) AS net_of_tax_usd, usd_of(f[6]) AS proceeds_usd, f[7] AS unpriced,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(one), sum(usd), sum(back), sumIf(usd - back, is_new), sum(untaxed), sum(proceeds), sum(unpriced)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(paid_or_back.1), unit)) AS place,
        paid_or_back.2 AS one, paid_or_back.3 AS usd, paid_or_back.4 AS back, unpriced AND one > 0 AS unpriced,
        number = first_place AND sub_key IN (
          SELECT sub_key FROM first_payments(
            app = {app:String}, store = {store:String}, environment = {environment:String})
          WHERE first_at >= since OR {refunds_on:String} = 'refund') AS is_new,
        intDiv((usd - back) * (10000 - tax_bp), 10000) AS untaxed,
        intDiv((usd - back) * (10000 - tax_bp - commission_bp), 10000) AS proceeds
      FROM (
        SELECT
          store, app_id, sub_key, dimension, tax_bp, commission_bp, unpriced, number, first_place,
          -- (when, payments, USD paid, USD back)
          arrayJoin(arrayConcat(
            [(started, toInt64(1), usd, if({refunds_on:String} = 'refund', toInt64(0), refunded))],
            arrayFilter(r -> r.4 != 0, arrayMap((refunded_at, of, usd) ->
                (refunded_at, toInt64(0), toInt64(0), if({refunds_on:String} = 'refund' AND of = number, usd, toInt64(0))),
              `refunds.at`, `refunds.place`, `refunds.usd_micros`)))) AS paid_or_back
        FROM subscriptions FINAL
        ARRAY JOIN
          `periods.started_at` AS started, `periods.paid` AS paid, `periods.usd_micros` AS usd,
          `periods.refunded_usd_micros` AS refunded, `periods.unpriced` AS unpriced,
          `periods.tax_bp` AS tax_bp, `periods.commission_bp` AS commission_bp, arrayEnumerate(`periods.paid`) AS number,
          arrayMap(p -> arrayFirstIndex((paid, started) -> paid AND started = first_paid_at,
            `periods.paid`, `periods.started_at`), `periods.paid`) AS first_place,
          dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
            `periods.product_duration`, `periods.offer_type`) AS dimension
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND (last_paid_at >= since OR {refunds_on:String} = 'refund') AND paid
          AND (started BETWEEN since AND until OR ({refunds_on:String} = 'refund' AND refunded != 0))
          AND chart_asked(unit, {segment:String})
          AND NOT throwIf({refunds_on:String} NOT IN ('original', 'refund'), 'refunds_on: use original or refund')
      )
      WHERE paid_or_back.1 BETWEEN since AND until
      UNION ALL
      SELECT '', 0, 0, 0, 0, false, false, 0, 0 WHERE {segment:String} = ''
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
