-- Refunds that stand, by the day on which the money went back.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   refunds: how many
--   whole: of them those with which all of the price had gone back
--   refunded_usd: USD that went back
--   unpriced: refunds of payments without a price in USD, worth nothing here
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_refunds AS
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
  f[1] AS refunds, f[2] AS whole, usd_of(f[3]) AS refunded_usd, f[4] AS unpriced,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment, place,
      CAST([sum(one), sum(whole), sum(usd), sum(unpriced)], 'Array(Int64)') AS sums
    FROM (
      SELECT
        segment_of({segment:String}, store, app_id, dimension) AS segment,
        toUInt32(calendar_number(first, toDate(refunded), unit)) AS place,
        1 AS one, usd, whole, unpriced
      FROM (
        SELECT
          store, app_id, `periods.country_code`, `periods.offer_type`, `periods.product_duration`,
          `periods.product_id`, `periods.unpriced`, `refunds.at`, `refunds.place`, `refunds.usd_micros`,
          `refunds.whole`
        FROM subscriptions
        WHERE ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
          AND chart_asked(unit, {segment:String})
      )
      ARRAY JOIN
        `refunds.at` AS refunded, `refunds.usd_micros` AS usd, `refunds.whole` AS whole,
        arrayMap(of -> `periods.unpriced`[of], `refunds.place`) AS unpriced,
        arrayMap(of -> dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
            `periods.product_duration`, `periods.offer_type`, `refunds.place`)[of], `refunds.place`) AS dimension
      WHERE refunded BETWEEN since AND until
      UNION ALL
      SELECT '', 0, 0, 0, false, false WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
