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
  toDateTime(first, 'UTC') AS since,
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until
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
      segment, place,
      CAST([sum(one), sum(converts), sum(waits)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(started), unit)) AS place,
        1 AS one,
        toInt64(converted_at > 0 AND converted_at <= at) AS converts,
        toInt64(converts = 0 AND renews AND greatest(ended, patient_until) > at) AS waits
      FROM (
        SELECT
          store, app_id, `periods.converted_at`, `periods.country_code`, `periods.ended_at`, `periods.kind`,
          `periods.offer_type`, `periods.patient_until`, `periods.product_duration`, `periods.product_id`,
          `periods.renews`, `periods.started_at`
        FROM subscriptions
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
          AND chart_asked(unit, {segment:String})
      )
      ARRAY JOIN
        `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
        `periods.kind` AS kind, `periods.converted_at` AS converted_at, `periods.renews` AS renews,
        dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
          `periods.product_duration`, `periods.offer_type`, `periods.kind`) AS dimension
      WHERE kind = 'trial' AND started < ended AND started BETWEEN since AND until
      UNION ALL
      SELECT '', 0, 0, 0, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
