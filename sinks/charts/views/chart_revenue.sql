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
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until,
  {refunds_on:String} = 'refund' AS by_refund
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
      segment, toUInt32(calendar_number(first, moved_on, unit)) AS place,
      CAST([sum(payments_of), sum(usd_of_them), sum(back_of), sum(new_of), sum(untaxed_of), sum(proceeds_of),
        sum(unpriced_of)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_named({segment:String}, group_split_of({segment:String}, split)) AS segment, toDate(moved_at) AS moved_on,
        sum(one) AS payments_of, sum(usd) AS usd_of_them, sum(back) AS back_of,
        sumIf(usd - back, is_first AND sub_key IN (
          -- The subscriptions that hold a customer's first payment, which may have been refunded.
          SELECT sub_key_of(min(payment_order_of(first_paid_at, sub_key)))
          FROM by_customer(app = {app:String}, store = {store:String}, environment = {environment:String})
          GROUP BY customer
          HAVING by_refund OR min(first_paid_at) >= since)) AS new_of,
        sum(intDiv((usd - back) * (10000 - tax_bp), 10000)) AS untaxed_of,
        sum(intDiv((usd - back) * (10000 - tax_bp - commission_bp), 10000)) AS proceeds_of,
        countIf(unpriced AND one > 0) AS unpriced_of
      FROM (
        SELECT
          dimension_of({segment:String}, store, app_id, dimension) AS split, sub_key, number = first_place AS is_first,
          started AS moved_at, toInt64(1) AS one, usd, if(by_refund, toInt64(0), refunded) AS back,
          tax_bp, commission_bp, unpriced
        FROM (
          SELECT
            store, app_id, sub_key, `periods.started_at`, `periods.paid`, `periods.usd_micros`,
            `periods.refunded_usd_micros`, `periods.unpriced`, `periods.tax_bp`, `periods.commission_bp`,
            arrayFirstIndex((paid, started) -> paid AND started = first_paid_at,
              `periods.paid`, `periods.started_at`) AS first_place,
            dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
              `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions
          FROM subscriptions
          WHERE ({app:String} = '' OR app_id = {app:String})
            AND ({store:String} = '' OR store = {store:String})
            AND environment = {environment:String}
            AND last_paid_at >= since
            AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
            AND chart_asked(unit, {segment:String})
            AND NOT throwIf({refunds_on:String} NOT IN ('original', 'refund'), 'refunds_on: use original or refund')
        )
        ARRAY JOIN
          `periods.started_at` AS started, `periods.paid` AS paid, `periods.usd_micros` AS usd,
          `periods.refunded_usd_micros` AS refunded, `periods.unpriced` AS unpriced, `periods.tax_bp` AS tax_bp,
          `periods.commission_bp` AS commission_bp, arrayEnumerate(`periods.paid`) AS number, dimensions AS dimension
        WHERE paid AND started BETWEEN since AND until
        UNION ALL
        SELECT
          dimension_of({segment:String}, store, app_id, dimensions[of]) AS split, sub_key, of = first_place AS is_first,
          refunded_at AS moved_at, toInt64(0) AS one, toInt64(0) AS usd, back,
          taxes[of] AS tax_bp, commissions[of] AS commission_bp, false AS unpriced
        FROM (
          SELECT
            store, app_id, sub_key, `refunds.at`, `refunds.place`, `refunds.usd_micros`,
            `periods.paid` AS paids, `periods.tax_bp` AS taxes, `periods.commission_bp` AS commissions,
            arrayFirstIndex((paid, started) -> paid AND started = first_paid_at,
              `periods.paid`, `periods.started_at`) AS first_place,
            dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
              `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions
          FROM subscriptions
          WHERE by_refund
            AND ({app:String} = '' OR app_id = {app:String})
            AND ({store:String} = '' OR store = {store:String})
            AND environment = {environment:String}
            AND notEmpty(`refunds.at`)
            AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
        )
        ARRAY JOIN `refunds.at` AS refunded_at, `refunds.place` AS of, `refunds.usd_micros` AS back
        WHERE back != 0 AND paids[of] AND refunded_at BETWEEN since AND until
      )
      GROUP BY group_key_of({segment:String}, split), moved_on
      UNION ALL
      SELECT '', first, 0, 0, 0, 0, 0, 0, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
