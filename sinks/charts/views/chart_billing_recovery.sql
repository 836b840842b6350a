-- What became of the charges that failed in each calendar period, within window_days of the failure.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   issues: charges that failed, once a period of a subscription
--   recovered: of them those after which the subscription paid, on one of days 0 to window_days
--   recovery_rate: recovered / issues, 0.7 is 70 %; null without issues
--   days_to_recover: average of the recovered, in days; null without any
--   incomplete: window_days have not passed since the calendar period's last day
CREATE OR REPLACE VIEW chart_billing_recovery AS
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
  f[1] AS issues, f[2] AS recovered,
  if(issues = 0, NULL, recovered / issues) AS recovery_rate,
  if(recovered = 0, NULL, f[3] / recovered / 86400) AS days_to_recover,
  CAST(calendar_start(first, number, unit) + {window_days:UInt32} > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(one), sum(back), sumIf(took, back)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(failed), unit)) AS place,
        1 AS one,
        recovered BETWEEN failed AND at AND dateDiff('day', toDate(failed), toDate(recovered)) <= {window_days:UInt32} AS back,
        dateDiff('second', failed, recovered) AS took
      FROM (
        SELECT
          store, app_id, `issues.at`, `issues.place`, `issues.recovered_at`, `periods.country_code`,
          `periods.offer_type`, `periods.product_duration`, `periods.product_id`
        FROM subscriptions
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
          AND chart_asked(unit, {segment:String})
      )
      ARRAY JOIN
        `issues.at` AS failed, `issues.recovered_at` AS recovered,
        arrayMap(of -> dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
            `periods.product_duration`, `periods.offer_type`, `issues.place`)[of], `issues.place`) AS dimension
      WHERE failed BETWEEN since AND until
      UNION ALL
      SELECT '', 0, 0, false, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
