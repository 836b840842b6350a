-- Not a chart: trials by calendar period, as chart_active_trials, chart_new_trials and
-- chart_trials_movement show them. A trial counts as a paid period does in paid_periods_at.
CREATE OR REPLACE VIEW trials_in AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  f[1] AS new_trials, f[2] AS ended_trials, f[3] AS converted_trials, f[4] AS turned,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(starts), sum(ends), sum(converts), sum(turns)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(turn.1), unit)) AS place,
        toInt64(turn.2) AS starts, toInt64(turn.3) AS ends, toInt64(turn.3 AND converted_at > 0) AS converts,
        -- What is active before the range turns in it at its beginning.
        toInt64(turn.4) AS turns
      FROM (
        SELECT
          store, app_id, dimension, converted_at,
          arrayJoin([
            (greatest(started, since), started >= since, 0, 1),
            (if(greatest(ended, patient_until) > at, toDateTime('2106-01-01', 'UTC'), ended), 0, 1, -1)]) AS turn
        FROM subscriptions FINAL
        ARRAY JOIN
          `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
          `periods.kind` AS kind, `periods.converted_at` AS converted_at,
          dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
            `periods.product_duration`, `periods.offer_type`) AS dimension
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND kind = 'trial' AND started < ended AND started <= until AND (ended >= since OR patient_until > at)
          AND chart_asked(unit, {segment:String})
      )
      WHERE turn.1 <= until
      UNION ALL
      SELECT '', 0, 0, 0, 0, 0 WHERE {segment:String} = ''
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number;
