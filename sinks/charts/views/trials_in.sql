-- Not a chart: trials by calendar period, as chart_active_trials, chart_new_trials and
-- chart_trials_movement show them. A trial counts as a paid period does in paid_periods_at.
CREATE OR REPLACE VIEW trials_in AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  new_of[number] AS new_trials, ended_of[number] AS ended_trials, converted_of[number] AS converted_trials,
  turned_of[number] AS turned,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT
    segment, arrayJoin(range(1, count_of + 1)) AS number,
    groupArrayInsertAt(0, count_of)(new_at, place) AS new_of,
    groupArrayInsertAt(0, count_of)(ended_at, place) AS ended_of,
    groupArrayInsertAt(0, count_of)(converted_at, place) AS converted_of,
    groupArrayInsertAt(0, count_of)(turned_at, place) AS turned_of
  FROM (
    SELECT
      segment_of({segment:String}, store, app_id, dimension) AS segment,
      toUInt32(calendar_number(first, greatest(day, first), unit)) AS place,
      sumIf(trials_of, what = 'started' AND day >= first) AS new_at,
      sumIf(trials_of, what = 'ended' AND day >= first) AS ended_at,
      sumIf(trials_of, what = 'converted' AND day >= first) AS converted_at,
      -- What is active before the range turns in it at its beginning; what was over by then cancels.
      sumIf(trials_of, what = 'started') - sumIf(trials_of, what = 'ended') AS turned_at
    FROM (
      SELECT app_id, store, dimension, what, day, number AS trials_of
      FROM changes_trials(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, part = '')
      UNION ALL
      SELECT app_id, store, dimension, what, day, number
      FROM sums_of(
        families = ['trials'], app = {app:String}, store = {store:String}, environment = {environment:String},
        segment = {segment:String})
      UNION ALL
      SELECT '', '', '', 'started', first, 0 WHERE {segment:String} = ''
    )
    WHERE what IN ('started', 'ended', 'converted') AND chart_asked(unit, {segment:String})
    GROUP BY segment, place
  )
  WHERE place < count_of
  GROUP BY segment
  HAVING {segment:String} = '' OR arrayExists((new, ended, turned) -> new != 0 OR ended != 0 OR turned != 0, new_of, ended_of, turned_of)
);
