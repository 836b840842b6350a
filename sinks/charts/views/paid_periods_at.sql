-- Not a chart: what chart_mrr, chart_arr and chart_active_subscriptions are columns of. One row a
-- calendar period and segment: what was active at its end, or is now in the present one.
--
-- A period of a subscription counts in the calendar period that ends at B when start < B <= end; for
-- days that is date(start) <= day < date(end). It is added where it first counts and taken away where
-- it no longer does, so the running sum is the chart.
CREATE OR REPLACE VIEW paid_periods_at AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of
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
      segment_of({segment:String}, store, app_id, dimension) AS segment,
      toUInt32(calendar_number(first, greatest(day, first), unit)) AS place,
      sum(usd_micros) AS mrr, sum(number) AS active, sum(unpriced) AS without_price
    FROM (
      SELECT app_id, store, dimension, day, number, usd_micros, unpriced
      FROM changes_paid(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, part = '')
      UNION ALL
      SELECT app_id, store, dimension, day, number, usd_micros, unpriced
      FROM sums_of(
        families = ['paid'], app = {app:String}, store = {store:String}, environment = {environment:String},
        segment = {segment:String})
      -- A chart of nothing is a line of zeros, where no segment has a name to miss.
      UNION ALL
      SELECT '', '', '', first, 0, 0, 0 WHERE {segment:String} = ''
    )
    WHERE chart_asked(unit, {segment:String})
    GROUP BY segment, place
  )
  WHERE place < count_of
  GROUP BY segment
  HAVING {segment:String} = '' OR arrayExists(active -> active != 0, actives)
);
