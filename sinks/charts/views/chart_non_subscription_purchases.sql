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
  calendar_start(first, count_of, unit) - 1 AS last
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  f[1] AS purchases, usd_of(f[2]) AS gross_usd, usd_of(f[3]) AS refunded_usd, f[4] AS unpriced,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment_of({segment:String}, store, app_id, dimension) AS segment,
      toUInt32(calendar_number(first, day, unit)) AS place,
      [
        sumIf(number_of, what = 'once'), sumIf(usd, what = 'once'), sumIf(usd, what = 'once_back'),
        sumIf(without_price, what = 'once')
      ] AS sums
    FROM (
      SELECT app_id, store, dimension, what, day, number AS number_of, usd_micros AS usd, unpriced AS without_price
      FROM changes_payments(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, part = '')
      UNION ALL
      SELECT app_id, store, dimension, what, day, number, usd_micros, unpriced
      FROM sums_of(
        families = ['payments'], app = {app:String}, store = {store:String}, environment = {environment:String},
        segment = {segment:String})
      UNION ALL
      SELECT '', '', '', '', first, 0, 0, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    WHERE day BETWEEN first AND last AND chart_asked(unit, {segment:String})
    GROUP BY segment, place
  )
  GROUP BY segment
  HAVING {segment:String} = '' OR arrayExists(f -> f[1] != 0, found)
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
