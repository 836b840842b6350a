-- Of the subscriptions whose first standard payment of a product fell into each calendar period, how many
-- paid again so many lengths of the product later, on time or late. One duration at a time. Intro offers and
-- wholly refunded payments do not count; a change of product begins anew with the new one. A payment
-- belongs to the nearest whole number of lengths since the first; a month is 365.25/12 days here, for with
-- RevenueCat's 30 a number is skipped in the third year.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   period: lengths of the product since the first payment, the first being 0
--   cohort_size: subscriptions that began
--   retained: of them those that paid for this period
--   retention: retained / cohort_size, 0.8 is 80 %
--   incomplete: not every one of the cohort is old enough for this period
CREATE OR REPLACE VIEW chart_retention AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until,
  {duration:String} AS length_of,
  toInt64OrZero(extract(length_of, '^P([0-9]+)[DWMY]$'))
    * transform(right(length_of, 1), ['D', 'W', 'M', 'Y'], [86400, 604800, 2629800, 31557600], 0) AS length
SELECT
  calendar_start(first, place, unit) AS period_start,
  segment,
  toInt64(number - 1) AS period,
  toInt64(payments[1]) AS cohort_size,
  toInt64(retained_of) AS retained,
  retained / cohort_size AS retention,
  CAST(toDateTime(calendar_start(first, place + 1, unit), 'UTC') + period * length > at, 'Bool') AS incomplete
FROM (
  SELECT
    segment, place,
    arrayResize(groupArrayInsertAt(0)(subscriptions_of, number_of), greatest(max(number_of), any(oldest)) + 1, 0) AS payments
  FROM (
    SELECT segment, place, number_of, subscriptions_of,
      intDiv(toUnixTimestamp(at) - toUnixTimestamp(toDateTime(calendar_start(first, place, unit), 'UTC')), length) AS oldest
    FROM (
      SELECT
        segment, toUInt32(calendar_number(first, began, unit)) AS place, toUInt32(period_of) AS number_of,
        sum(subscriptions_of_day) AS subscriptions_of
      FROM (
        SELECT
          segment_named({segment:String}, group_split_of({segment:String}, dimension_of({segment:String}, store, app_id, dimension))) AS segment,
          toDate(cohort_at) AS began, period_of, count() AS subscriptions_of_day
        FROM (
          SELECT
            store, app_id, `periods.cohort_at`, `periods.cohort_period`, `periods.product_duration`,
            dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
              `periods.product_duration`, `periods.offer_type`, `periods.cohort_at`) AS dimensions
          FROM subscriptions
          WHERE ({app:String} = '' OR app_id = {app:String})
            AND ({store:String} = '' OR store = {store:String})
            AND environment = {environment:String}
            AND last_paid_at >= since
            AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
            AND chart_asked(unit, {segment:String})
            AND NOT throwIf(length = 0, 'duration: use one of a product, such as P1M')
        )
        ARRAY JOIN
          `periods.cohort_at` AS cohort_at, `periods.cohort_period` AS period_of, `periods.product_duration` AS duration_of,
          -- The segment is that of the first payment.
          if({segment:String} IN ('', 'store', 'app'), identity(dimensions),
            arrayMap(begun -> dimensions[indexOf(`periods.cohort_at`, begun)], `periods.cohort_at`)) AS dimension
        WHERE period_of >= 0 AND duration_of = length_of AND cohort_at BETWEEN since AND until
        GROUP BY group_key_of({segment:String}, dimension_of({segment:String}, store, app_id, dimension)), began, period_of
      )
      GROUP BY segment, place, number_of
    )
  )
  GROUP BY segment, place
)
ARRAY JOIN payments AS retained_of, arrayEnumerate(payments) AS number
ORDER BY period_start, segment, period;
