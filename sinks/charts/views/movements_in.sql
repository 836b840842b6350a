-- Not a chart: what moved MRR and the number of active subscriptions within each calendar period, as
-- chart_mrr_movement, chart_actives_movement, chart_new_paid_subscriptions and chart_churn show it.
--
-- The start of a paid period and its end, where no other continues it, are movements. One belongs to
-- the segment of the period that starts, a churn to that of the one that ended. Where a subscription
-- goes on in another segment its worth before goes over, as `switched`: 0 over all segments, and each
-- segment's movements sum to its difference. A segment in which nothing moved in the whole range has no line.
CREATE OR REPLACE VIEW movements_in AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  calendar_start(first, count_of, unit) - 1 AS last
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  f[1] AS new, f[2] AS new_intro, f[3] AS new_converted, f[4] AS reactivated, f[5] AS churned, f[6] AS switched,
  f[7] AS new_usd_micros, f[8] AS expansion_usd_micros, f[9] AS contraction_usd_micros, f[10] AS churned_usd_micros,
  f[11] AS reactivation_usd_micros, f[12] AS fx_usd_micros, f[13] AS switched_usd_micros, f[14] AS unpriced,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment_of({segment:String}, store, app_id, dimension) AS segment,
      toUInt32(calendar_number(first, day, unit)) AS place,
      [
        sumIf(periods_of, what = 'new'), sumIf(periods_of, what = 'intro'), sumIf(periods_of, what = 'tried'),
        sumIf(periods_of, what = 'reactivation'), sumIf(periods_of, what = 'churned'),
        sumIf(periods_of, what = 'came') - sumIf(periods_of, what = 'went'),
        sumIf(usd_of_them, what = 'new'), sumIf(usd_of_them, what = 'expansion'), sumIf(usd_of_them, what = 'contraction'),
        -sumIf(usd_of_them, what = 'churned'), sumIf(usd_of_them, what = 'reactivation'), sumIf(usd_of_them, what = 'fx'),
        sumIf(usd_of_them, what = 'came') - sumIf(usd_of_them, what = 'went'), sum(without_price),
        sum(periods_of)
      ] AS sums
    FROM (
      SELECT app_id, store, dimension, what, day, number AS periods_of, usd_micros AS usd_of_them, unpriced AS without_price
      FROM changes_movements(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, part = '')
      UNION ALL
      SELECT app_id, store, dimension, what, day, number, usd_micros, unpriced
      FROM sums_of(
        families = ['movements'], app = {app:String}, store = {store:String}, environment = {environment:String},
        segment = {segment:String})
      UNION ALL
      SELECT '', '', '', 'new', first, 0, 0, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    WHERE day BETWEEN first AND last AND chart_asked(unit, {segment:String})
    GROUP BY segment, place
  )
  GROUP BY segment
  HAVING {segment:String} = '' OR arrayExists(f -> f[15] != 0, found)
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number;
