-- Not a chart: what moved MRR and the number of active subscriptions within each calendar period, as
-- chart_mrr_movement, chart_actives_movement, chart_new_paid_subscriptions and chart_churn show it.
--
-- The start of a paid period and its end, where no other continues it, are movements. One belongs to
-- the segment of the period that starts, a churn to that of the one that ended. Where a subscription
-- goes on in another segment its worth before goes over, as `switched`: 0 over all segments, and each
-- segment's movements sum to its difference.
-- `active_before`, at the first calendar period alone: how many were active before it.
CREATE OR REPLACE VIEW movements_in AS
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
  f[1] AS new, f[2] AS new_intro, f[3] AS new_converted, f[4] AS reactivated, f[5] AS churned, f[6] AS switched,
  f[7] AS new_usd_micros, f[8] AS expansion_usd_micros, f[9] AS contraction_usd_micros,
  f[10] AS churned_usd_micros, f[11] AS reactivation_usd_micros, f[12] AS fx_usd_micros,
  f[13] AS switched_usd_micros, f[14] AS unpriced, f[15] AS active_before,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sumIf(number, kind = 'new'), sumIf(number, kind = 'new' AND of = 'intro'), sumIf(number, kind = 'new' AND tried),
       sumIf(number, kind = 'reactivation'), -sumIf(number, kind = 'churned'), sumIf(number, kind = 'switched'),
       sumIf(usd, kind = 'new'), sumIf(usd, kind = 'expansion'), sumIf(usd, kind = 'contraction'),
       sumIf(usd, kind = 'churned'), sumIf(usd, kind = 'reactivation'), sumIf(usd, kind = 'fx'),
       sumIf(usd, kind = 'switched'), sum(toInt64(unpriced AND kind NOT IN ('switched', 'active'))),
       sumIf(number, kind = 'active')], 'Array(Int64)') AS sums
    FROM (
      SELECT
        of, unpriced, tried, move.1 AS kind, move.2 AS number, move.3 AS usd,
        toUInt32(calendar_number(first, toDate(move.4), unit)) AS place,
        segment_of({segment:String}, store, app_id, move.5) AS segment
      FROM (
        SELECT
          store, app_id, of, unpriced, indexOf(`periods.kind`, 'trial') BETWEEN 1 AND i - 1 AS tried,
          -- (what, how many, USD, when, dimension); what is out of the range is nothing.
          arrayJoin([
            (if(starts, moved_by, ''), toInt64(moved_by IN ('new', 'reactivation')), moved_usd, started, dimension),
            (if(ends, 'churned', ''), toInt64(-1), -mrr, ended, dimension),
            (if(switches, 'switched', ''), toInt64(1), mrr - moved_usd, started, dimension),
            (if(switches, 'switched', ''), toInt64(-1), moved_usd - mrr, started, before),
            (if(active, 'active', ''), toInt64(1), toInt64(0), since, dimension)]) AS move,
          started BETWEEN since AND until AS starts,
          churned AND ended BETWEEN since AND until AND patient_until <= at AS ends,
          starts AND dimension != before AS switches,
          paid AND started < since AND started < ended AND (ended >= since OR patient_until > at) AS active
        FROM (
          SELECT *, dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
            `periods.product_duration`, `periods.offer_type`) AS dimensions
          FROM subscriptions FINAL
          WHERE ({app:String} = '' OR app_id = {app:String})
            AND ({store:String} = '' OR store = {store:String})
            AND environment = {environment:String}
            AND last_end >= since - 86400
            AND chart_asked(unit, {segment:String})
        )
        ARRAY JOIN
          arrayEnumerate(`periods.paid`) AS i, `periods.paid` AS paid,
          `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
          `periods.kind` AS of, `periods.unpriced` AS unpriced, `periods.mrr_usd_micros` AS mrr,
          `periods.moved_by` AS moved_by, `periods.moved_usd_micros` AS moved_usd, `periods.churned` AS churned,
          dimensions AS dimension,
          arrayMap((here, of) -> if(of > 0, dimensions[of], here), dimensions, `periods.continues`) AS before
        WHERE (starts AND moved_by != '') OR ends OR switches OR active
      )
      WHERE kind != ''
      UNION ALL
      SELECT '', false, false, '', 0, 0, 0, '' WHERE {segment:String} = ''
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number;
