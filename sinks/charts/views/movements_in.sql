-- Not a chart: what moved MRR and the number of active subscriptions within each calendar period, as
-- chart_mrr_movement, chart_actives_movement, chart_new_paid_subscriptions and chart_churn show it.
--
-- The start of a paid period and its end, where no other continues it, are movements. One belongs to
-- the segment of the period that starts, a churn to that of the one that ended. Where a subscription
-- goes on in another segment its worth before goes over, as `switched`: 0 over all segments, and each
-- segment's movements sum to its difference.
-- `active_before`, at the first calendar period alone: how many were active before it.
-- Periods are summed by the days on which they move something before those are looked at: there are
-- millions of them, but few such days. A column that a chart does not show is not even read.
CREATE OR REPLACE VIEW movements_in AS
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
  new_of[number] AS new, intro_of[number] AS new_intro, converted_of[number] AS new_converted,
  reactivated_of[number] AS reactivated, churned_of[number] AS churned, switched_of[number] AS switched,
  new_usd_of[number] AS new_usd_micros, expansion_usd_of[number] AS expansion_usd_micros,
  contraction_usd_of[number] AS contraction_usd_micros, churned_usd_of[number] AS churned_usd_micros,
  reactivation_usd_of[number] AS reactivation_usd_micros, fx_usd_of[number] AS fx_usd_micros,
  switched_usd_of[number] AS switched_usd_micros, unpriced_of[number] AS unpriced, active_of[number] AS active_before,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT
    segment, arrayJoin(range(1, count_of + 1)) AS number,
    groupArrayInsertAt(0, count_of)(new_at, place) AS new_of,
    groupArrayInsertAt(0, count_of)(intro_at, place) AS intro_of,
    groupArrayInsertAt(0, count_of)(converted_at, place) AS converted_of,
    groupArrayInsertAt(0, count_of)(reactivated_at, place) AS reactivated_of,
    groupArrayInsertAt(0, count_of)(churned_at, place) AS churned_of,
    groupArrayInsertAt(0, count_of)(switched_at, place) AS switched_of,
    groupArrayInsertAt(0, count_of)(new_usd_at, place) AS new_usd_of,
    groupArrayInsertAt(0, count_of)(expansion_usd_at, place) AS expansion_usd_of,
    groupArrayInsertAt(0, count_of)(contraction_usd_at, place) AS contraction_usd_of,
    groupArrayInsertAt(0, count_of)(churned_usd_at, place) AS churned_usd_of,
    groupArrayInsertAt(0, count_of)(reactivation_usd_at, place) AS reactivation_usd_of,
    groupArrayInsertAt(0, count_of)(fx_usd_at, place) AS fx_usd_of,
    groupArrayInsertAt(0, count_of)(switched_usd_at, place) AS switched_usd_of,
    groupArrayInsertAt(0, count_of)(unpriced_at, place) AS unpriced_of,
    groupArrayInsertAt(0, count_of)(active_at, place) AS active_of
  FROM (
    SELECT
      segment, toUInt32(calendar_number(first, moved_on, unit)) AS place,
      sumIf(periods_of, kind = 'new') AS new_at,
      sumIf(intro_of_them, kind = 'new') AS intro_at,
      sumIf(tried_of_them, kind = 'new') AS converted_at,
      sumIf(periods_of, kind = 'reactivation') AS reactivated_at,
      sumIf(periods_of, kind = 'churned') AS churned_at,
      sumIf(switches_of, kind = 'came') - sumIf(switches_of, kind = 'went') AS switched_at,
      sumIf(moved_usd_of, kind = 'new') AS new_usd_at,
      sumIf(moved_usd_of, kind = 'expansion') AS expansion_usd_at,
      sumIf(moved_usd_of, kind = 'contraction') AS contraction_usd_at,
      -sumIf(mrr_of, kind = 'churned') AS churned_usd_at,
      sumIf(moved_usd_of, kind = 'reactivation') AS reactivation_usd_at,
      sumIf(moved_usd_of, kind = 'fx') AS fx_usd_at,
      sumIf(switched_usd_of, kind = 'came') - sumIf(switched_usd_of, kind = 'went') AS switched_usd_at,
      sumIf(unpriced_of_them, kind NOT IN ('', 'came', 'went', 'active')) AS unpriced_at,
      sumIf(active_of_them, kind = 'active') AS active_at
    FROM (
      SELECT
        -- What a group of periods did; each only if it did so within the range.
        arrayJoin(['starts', 'churned', 'came', 'went', 'active']) AS did,
        if(did = 'starts', moved_by, did) AS kind,
        if(did = 'churned', ended_on, if(did = 'active', first, started_on)) AS moved_on,
        segment_named({segment:String}, if(did = 'went', before, dimension)) AS segment,
        periods_of, intro_of_them, tried_of_them, switches_of, moved_usd_of, mrr_of, switched_usd_of, unpriced_of_them, active_of_them
      FROM (
        SELECT
          group_split_of({segment:String}, here) AS dimension, group_split_of({segment:String}, there) AS before,
          any(moved) AS moved_by, started_on, ended_on,
          toInt64(count()) AS periods_of,
          toInt64(countIf(of = 'intro')) AS intro_of_them, toInt64(countIf(tried)) AS tried_of_them,
          toInt64(countIf(here != there)) AS switches_of,
          toInt64(countIf(unpriced_period)) AS unpriced_of_them, toInt64(countIf(active)) AS active_of_them,
          sum(moved_usd) AS moved_usd_of, sum(mrr) AS mrr_of, sumIf(mrr - moved_usd, here != there) AS switched_usd_of
        FROM (
          SELECT
            dimension_of({segment:String}, store, app_id, dimension) AS here,
            dimension_of({segment:String}, store, app_id, dimension_before) AS there,
            of, moved_usd, mrr, unpriced_period, first_trial BETWEEN 1 AND i - 1 AS tried,
            (started BETWEEN since AND until AND (moved != '' OR here != there)) AS starts,
            (churned_period AND ended BETWEEN since AND until AND patient_until <= at) AS ends,
            (paid AND started < since AND started < ended AND (ended >= since OR patient_until > at)) AS active,
            moved, if(starts, toDate(started), never) AS started_on, if(ends, toDate(ended), never) AS ended_on
          FROM (
            SELECT
              store, app_id, `periods.started_at`, `periods.ended_at`, `periods.patient_until`, `periods.paid`, `periods.kind`,
              `periods.mrr_usd_micros`, `periods.unpriced`, `periods.moved_by`, `periods.moved_usd_micros`, `periods.churned`,
              indexOf(`periods.kind`, 'trial') AS first_trial,
              dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
                `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions,
              if({segment:String} IN ('', 'store', 'app'), identity(dimensions),
                arrayMap((here, of) -> if(of > 0, dimensions[of], here), dimensions, `periods.continues`)) AS dimensions_before
            FROM subscriptions
            WHERE ({app:String} = '' OR app_id = {app:String})
              AND ({store:String} = '' OR store = {store:String})
              AND environment = {environment:String}
              AND last_end >= since - 86400
              AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
              AND chart_asked(unit, {segment:String})
          )
          ARRAY JOIN
            arrayEnumerate(`periods.paid`) AS i, `periods.paid` AS paid,
            `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
            `periods.kind` AS of, `periods.unpriced` AS unpriced_period, `periods.mrr_usd_micros` AS mrr,
            `periods.moved_by` AS moved, `periods.moved_usd_micros` AS moved_usd, `periods.churned` AS churned_period,
            dimensions AS dimension, dimensions_before AS dimension_before
          WHERE (started >= since OR ended >= since OR patient_until > at) AND (starts OR ends OR active)
        )
        GROUP BY group_key_of({segment:String}, here), group_key_of({segment:String}, there), cityHash64(moved), started_on, ended_on
      )
      WHERE moved_on != never
      UNION ALL
      SELECT '', '', first, '', 0, 0, 0, 0, 0, 0, 0, 0, 0 WHERE {segment:String} = ''
    )
    GROUP BY segment, place
  )
  GROUP BY segment
);
