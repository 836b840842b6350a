-- One-time purchases by their day: consumables, non-consumables, lifetime access.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   purchases: how many
--   gross_usd: USD paid, tax included
--   refunded_usd: USD of it that went back, whenever
--   unpriced: purchases without a price in USD, worth nothing here
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_non_subscription_purchases AS
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
  f[1] AS purchases, usd_of(f[2]) AS gross_usd, usd_of(f[3]) AS refunded_usd, f[4] AS unpriced,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(one), sum(usd), sum(back), sum(unpriced)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(started), unit)) AS place,
        1 AS one, usd, back, unpriced
      FROM (
        SELECT
          store, app_id, `periods.country_code`, `periods.kind`, `periods.offer_type`, `periods.product_duration`,
          `periods.product_id`, `periods.refunded_usd_micros`, `periods.started_at`, `periods.unpriced`,
          `periods.usd_micros`
        FROM subscriptions
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
          AND chart_asked(unit, {segment:String})
      )
      ARRAY JOIN
        `periods.started_at` AS started, `periods.kind` AS kind, `periods.usd_micros` AS usd,
        `periods.refunded_usd_micros` AS back, `periods.unpriced` AS unpriced,
        dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
          `periods.product_duration`, `periods.offer_type`, `periods.kind`) AS dimension
      WHERE kind = 'one_time' AND started BETWEEN since AND until
      UNION ALL
      SELECT '', 0, 0, 0, 0, false WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
