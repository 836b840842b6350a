-- Not a chart: what chart_mrr, chart_arr and chart_active_subscriptions are columns of. One row a
-- calendar period and segment: what was active at its end, or is now in the present one.
--
-- A period of a subscription counts in the calendar period that ends at B when start < B <= end; for
-- days that is date(start) <= day < date(end). It is added where it first counts and taken away where
-- it no longer does, so the running sum is the chart. Nothing is taken away that has not happened
-- yet, nor while patience lasts.
-- Periods are summed by their first and last day before anything else is asked of them: there are
-- millions of them, but few such pairs.
CREATE OR REPLACE VIEW paid_periods_at AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  toDate('2149-06-06') AS never
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  mrrs[number] AS mrr_usd_micros,
  actives[number] AS active_subscriptions,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete,
  unpriceds[number] AS unpriced
FROM (
  SELECT
    segment, arrayJoin(range(1, count_of + 1)) AS number,
    arrayCumSum(groupArrayInsertAt(0, count_of)(mrr, place)) AS mrrs,
    arrayCumSum(groupArrayInsertAt(0, count_of)(active, place)) AS actives,
    arrayCumSum(groupArrayInsertAt(0, count_of)(without_price, place)) AS unpriceds
  FROM (
    SELECT
      segment, toUInt32(change.1) AS place,
      sum(change.2 * mrr_of) AS mrr, sum(change.2 * periods_of) AS active, sum(change.2 * unpriced_of) AS without_price
    FROM (
      SELECT
        segment_named({segment:String}, dimension) AS segment, mrr_of, periods_of, unpriced_of,
        least(calendar_number(first, began, unit), count_of) AS entered,
        if(over = never, count_of, least(calendar_number(first, greatest(over, first), unit), count_of)) AS gone,
        arrayJoin([(entered, toInt64(1)), (gone, toInt64(-1))]) AS change
      FROM (
        SELECT
          group_split_of({segment:String}, split) AS dimension, greatest(toDate(started), first) AS began,
          if(greatest(ended, patient_until) > at, never, toDate(ended)) AS over,
          sum(mrr_of_it) AS mrr_of, toInt64(count()) AS periods_of, toInt64(countIf(unpriced_period)) AS unpriced_of
        FROM (
          SELECT
            dimension_of({segment:String}, store, app_id, dimension_of_it) AS split,
            started, ended, patient_until, mrr_of_it, unpriced_period
          FROM (
            SELECT
              store, app_id, `periods.started_at`, `periods.ended_at`, `periods.patient_until`, `periods.paid`,
              `periods.mrr_usd_micros`, `periods.unpriced`,
              dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
                `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions
            FROM subscriptions
            WHERE ({app:String} = '' OR app_id = {app:String})
              AND ({store:String} = '' OR store = {store:String})
              AND environment = {environment:String}
              AND last_end >= since - 86400
              AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
              AND chart_asked(unit, {segment:String})
          )
          ARRAY JOIN
            `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
            `periods.paid` AS paid, `periods.mrr_usd_micros` AS mrr_of_it, `periods.unpriced` AS unpriced_period,
            dimensions AS dimension_of_it
          WHERE (ended >= since OR patient_until > at) AND paid AND started < ended AND started <= at
        )
        GROUP BY group_key_of({segment:String}, split), began, over
      )
      WHERE entered < gone
      -- A chart of nothing is a line of zeros, where no segment has a name to miss.
      UNION ALL
      SELECT '', 0, 0, 0, 0, 0, (0, 0) WHERE {segment:String} = ''
    )
    WHERE change.1 < count_of
    GROUP BY segment, place
  )
  GROUP BY segment
);
