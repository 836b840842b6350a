-- Not a chart: what chart_mrr, chart_arr and chart_active_subscriptions are columns of. One row a
-- calendar period and segment: what was active at its end, or is now in the present one.
--
-- A period of a subscription counts in the calendar period that ends at B when start < B <= end; for
-- days that is date(start) <= day < date(end). It is added where it first counts and taken away where
-- it no longer does, so the running sum is the chart. Nothing is taken away that has not happened
-- yet, nor while patience lasts.
CREATE OR REPLACE VIEW paid_periods_at AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  (moment -> least(calendar_number(first, greatest(toDate(moment), first), unit), count_of)) AS place_of
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  mrr_usd_micros,
  active_subscriptions,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete,
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
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        mrr_of, toInt64(unpriced_period) AS unpriced_of,
        if(started > at, count_of, place_of(started)) AS entered,
        if(greatest(ended, patient_until) > at, count_of, place_of(ended)) AS gone,
        arrayJoin([(entered, toInt64(1)), (gone, toInt64(-1))]) AS change
      FROM (
        SELECT store, app_id, started, ended, patient_until, mrr_of, unpriced_period, dimension
        FROM subscriptions FINAL
        ARRAY JOIN
          `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
          `periods.paid` AS paid, `periods.mrr_usd_micros` AS mrr_of, `periods.unpriced` AS unpriced_period,
          dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
            `periods.product_duration`, `periods.offer_type`) AS dimension
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND last_end >= since - 86400
          AND paid AND started < ended AND started <= at AND (ended >= since OR patient_until > at)
          AND chart_asked(unit, {segment:String})
      )
      WHERE entered < gone
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
