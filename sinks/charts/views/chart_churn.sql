-- Of the paid subscriptions active at the start of each calendar period, what share was lost in it:
-- churned less resubscribed, so it may be negative.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   active_at_start: paid subscriptions active when the calendar period began
--   churned: paid periods that ended and none followed without a gap
--   resubscribed: paid periods that began after a gap
--   churn_rate: (churned - resubscribed) / active_at_start, 0.05 is 5 %; null when none was active
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_churn AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  calendar_start(first, count_of, unit) - 1 AS last
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  actives[number] - moved[number] AS active_at_start,
  churned_of[number] AS churned, resubscribed_of[number] AS resubscribed,
  if(active_at_start = 0, NULL, (churned - resubscribed) / active_at_start) AS churn_rate,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT
    segment, arrayJoin(range(1, count_of + 1)) AS number,
    groupArrayInsertAt(0, count_of)(moved_at, place) AS moved,
    groupArrayInsertAt(0, count_of)(told_at, place) AS told,
    groupArrayInsertAt(0, count_of)(churned_at, place) AS churned_of,
    groupArrayInsertAt(0, count_of)(resubscribed_at, place) AS resubscribed_of,
    -- As many were active before the range, and as many more or less since then.
    arrayCumSum(groupArrayInsertAt(0, count_of)(before + moved_at, place)) AS actives
  FROM (
    SELECT
      segment_of({segment:String}, store, app_id, dimension) AS segment,
      toUInt32(calendar_number(first, greatest(day, first), unit)) AS place,
      sum(periods_of) AS told_at,
      sumIf(periods_of, what = 'active') AS before,
      sumIf(periods_of, what IN ('new', 'reactivation', 'came')) - sumIf(periods_of, what IN ('churned', 'went')) AS moved_at,
      sumIf(periods_of, what = 'churned') AS churned_at, sumIf(periods_of, what = 'reactivation') AS resubscribed_at
    FROM (
      SELECT app_id, store, dimension, what, day, number AS periods_of
      FROM changes_movements(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, part = '')
      UNION ALL
      SELECT app_id, store, dimension, what, day, number
      FROM changes_paid(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, part = '')
      UNION ALL
      SELECT app_id, store, dimension, what, day, number
      FROM sums_of(
        families = ['movements', 'paid'], app = {app:String}, store = {store:String}, environment = {environment:String},
        segment = {segment:String})
      UNION ALL
      SELECT '', '', '', '', first, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    WHERE if(what = 'active', day < first, day BETWEEN first AND last) AND chart_asked(unit, {segment:String})
    GROUP BY segment, place
  )
  WHERE place < count_of
  GROUP BY segment
  HAVING {segment:String} = '' OR arrayExists(number_of -> number_of != 0, told)
)
ORDER BY period_start, segment;
