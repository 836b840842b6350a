-- What became of the trials that began in each calendar period; converted + pending + abandoned are
-- all of them. RevenueCat's version 2 groups by the day a customer was first seen: ours needs no SDK.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   trials: trials that began
--   converted: followed by a first payment that was not wholly refunded
--   pending: unexpired with auto-renew on, or expired within 24 hours and nobody has said what follows
--   abandoned: the others
--   conversion_rate: converted / trials, 0.4 is 40 %; null without trials
--   incomplete: the calendar period has not ended, or some are pending
CREATE OR REPLACE VIEW chart_trial_conversion AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  calendar_start(first, count_of, unit) - 1 AS last
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  f[1] AS trials, f[2] AS converted, f[3] AS pending,
  trials - converted - pending AS abandoned,
  if(trials = 0, NULL, converted / trials) AS conversion_rate,
  CAST(pending > 0 OR calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment_of({segment:String}, store, app_id, dimension) AS segment,
      toUInt32(calendar_number(first, day, unit)) AS place,
      [sumIf(trials_of, what = 'started'), sumIf(trials_of, what = 'paid'), sumIf(trials_of, what = 'waits')] AS sums
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
      SELECT '', '', '', 'started', first, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    WHERE what IN ('started', 'paid', 'waits') AND day BETWEEN first AND last AND chart_asked(unit, {segment:String})
    GROUP BY segment, place
  )
  GROUP BY segment
  HAVING {segment:String} = '' OR arrayExists(f -> f[1] != 0, found)
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
