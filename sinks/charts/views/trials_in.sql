-- Not a chart: trials by calendar period, as chart_active_trials, chart_new_trials and
-- chart_trials_movement show them. A trial counts as a paid period does in paid_periods_at.
CREATE OR REPLACE VIEW trials_in AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until,
  toDate(0) AS never
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
      segment, toUInt32(calendar_number(first, greatest(moved_on, first), unit)) AS place,
      sumIf(trials_of, starts AND moved_on >= first) AS new_at,
      sumIf(trials_of, NOT starts) AS ended_at,
      sumIf(converted_of_them, NOT starts) AS converted_at,
      -- What is active before the range turns in it at its beginning.
      sum(if(starts, trials_of, -trials_of)) AS turned_at
    FROM (
      SELECT
        segment_named({segment:String}, dimension) AS segment,
        arrayJoin([true, false]) AS starts, if(starts, began, over) AS moved_on,
        trials_of, converted_of_them
      FROM (
        SELECT
          group_split_of({segment:String}, split) AS dimension, toDate(started) AS began,
          if(greatest(ended, patient_until) > at OR ended > until, never, toDate(ended)) AS over,
          toInt64(count()) AS trials_of, toInt64(countIf(converted_at > 0)) AS converted_of_them
        FROM (
          SELECT
            dimension_of({segment:String}, store, app_id, dimension) AS split,
            started, ended, patient_until, converted_at
          FROM (
            SELECT
              store, app_id, `periods.started_at`, `periods.ended_at`, `periods.patient_until`, `periods.kind`,
              `periods.converted_at`,
              dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
                `periods.product_duration`, `periods.offer_type`, `periods.kind`) AS dimensions
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
            `periods.kind` AS kind, `periods.converted_at` AS converted_at, dimensions AS dimension
          WHERE kind = 'trial' AND (ended >= since OR patient_until > at) AND started < ended AND started <= until
        )
        GROUP BY group_key_of({segment:String}, split), began, over
      )
      WHERE moved_on != never
      UNION ALL
      SELECT '', true, first, 0, 0 WHERE {segment:String} = ''
    )
    GROUP BY segment, place
  )
  GROUP BY segment
);
