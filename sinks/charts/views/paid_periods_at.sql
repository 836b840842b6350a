-- Not a chart: what chart_mrr and chart_active_subscriptions are columns of. One row a calendar
-- period and segment: what was active at its end, or is now in the present one.
--
-- A period of a subscription counts in the calendar period that ends at B when start < B <= end; for
-- days that is date(start) <= day < date(end). It is added where it first counts and taken away where
-- it no longer does, so the running sum is the chart.
CREATE OR REPLACE VIEW paid_periods_at AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  multiIf(
    unit = 'week', toStartOfWeek({from:Date}, 0),
    unit = 'month', toStartOfMonth({from:Date}),
    unit = 'quarter', toStartOfQuarter({from:Date}),
    unit = 'year', toStartOfYear({from:Date}),
    {from:Date}) AS first,
  -- Which calendar period a day is in, the first being 0.
  (day -> multiIf(
    unit = 'week', intDiv(dateDiff('day', first, day), 7),
    unit = 'month', dateDiff('month', first, day),
    unit = 'quarter', dateDiff('quarter', first, day),
    unit = 'year', dateDiff('year', first, day),
    dateDiff('day', first, day))) AS number_of,
  (number -> multiIf(
    unit = 'week', first + 7 * number,
    unit = 'month', addMonths(first, number),
    unit = 'quarter', addQuarters(first, number),
    unit = 'year', addYears(first, number),
    first + number)) AS start_of,
  toUInt32(greatest(number_of(least({to:Date}, toDate(at))) + 1, 0)) AS count_of,
  -- What has not happened yet is past the end.
  (moment -> if(moment > at, count_of, least(number_of(greatest(toDate(moment), first)), count_of))) AS place_of
SELECT
  start_of(number - 1) AS period_start,
  segment,
  mrr_usd_micros,
  active_subscriptions,
  CAST(start_of(number) > toDate(at), 'Bool') AS incomplete,
  unpriced
FROM (
  SELECT
    segment,
    arrayCumSum(groupArrayInsertAt(0, count_of)(mrr, place)) AS mrrs,
    arrayCumSum(groupArrayInsertAt(0, count_of)(active, place)) AS actives,
    arrayCumSum(groupArrayInsertAt(0, count_of)(without_price, place)) AS unpriceds
  FROM (
    SELECT
      segment, toUInt32(change.1) AS place,
      sum(change.2 * mrr_of) AS mrr, sum(change.2) AS active, sum(change.2 * unpriced_of) AS without_price
    FROM (
      SELECT
        multiIf(
          {segment:String} = 'store', store,
          {segment:String} = 'app', app_id,
          {segment:String} = '' OR dimension != '', dimension,
          {segment:String} = 'offer_type', 'none',
          'unknown') AS segment,
        mrr_of, toInt64(unpriced_period) AS unpriced_of,
        place_of(started) AS entered, place_of(ended) AS gone,
        arrayJoin([(entered, toInt64(1)), (gone, toInt64(-1))]) AS change
      FROM subscriptions FINAL
      ARRAY JOIN
        `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.paid` AS paid,
        `periods.mrr_usd_micros` AS mrr_of, `periods.unpriced` AS unpriced_period,
        multiIf(
          {segment:String} = 'country', `periods.country_code`,
          {segment:String} = 'product', `periods.product_id`,
          {segment:String} = 'duration', `periods.product_duration`,
          {segment:String} = 'offer_type', `periods.offer_type`,
          arrayMap(p -> toLowCardinality(''), `periods.paid`)) AS dimension
      WHERE ({app:String} = '' OR app_id = {app:String})
        AND ({store:String} = '' OR store = {store:String})
        AND environment = {environment:String}
        AND last_end >= toDateTime(first, 'UTC')
        AND paid AND entered < gone
        AND NOT throwIf(unit NOT IN ('day', 'week', 'month', 'quarter', 'year'),
          'resolution: use day, week, month, quarter or year')
        AND NOT throwIf({segment:String} NOT IN ('', 'store', 'app', 'country', 'product', 'duration', 'offer_type'),
          'segment: leave it empty or use store, app, country, product, duration or offer_type')
      -- A chart of nothing is a line of zeros, where no segment has a name to miss.
      UNION ALL
      SELECT '', 0, 0, 0, 0, (0, 0) WHERE {segment:String} = ''
    )
    WHERE change.1 < count_of
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN mrrs AS mrr_usd_micros, actives AS active_subscriptions, unpriceds AS unpriced, arrayEnumerate(mrrs) AS number;

