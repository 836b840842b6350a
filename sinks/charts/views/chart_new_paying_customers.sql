-- Customers by the day of their first payment that was not wholly refunded. Their aliases are one; the
-- filters choose the payments, the segment is that of this one.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   new_paying_customers: how many
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_new_paying_customers AS
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
  new_paying_customers,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt(0, count_of)(customers, place) AS found
  FROM (
    SELECT segment, toUInt32(calendar_number(first, began, unit)) AS place, toInt64(sum(customers_of)) AS customers
    FROM (
      SELECT segment_named({segment:String}, group_split_of({segment:String}, split)) AS segment, began, count() AS customers_of
      FROM (
        SELECT toDate(moment_of(earliest)) AS began, toLowCardinality('') AS split
        FROM customers_since(app = {app:String}, store = {store:String}, environment = {environment:String},
          from = first, mark = 'kept')
        WHERE {segment:String} = '' AND moment_of(earliest) <= until AND chart_asked(unit, {segment:String})
        UNION ALL
        SELECT
          toDate(first_kept_at) AS began,
          dimension_of({segment:String}, store, app_id, dimensions_of({segment:String}, `periods.country_code`,
            `periods.product_id`, `periods.product_duration`, `periods.offer_type`, `periods.paid`)[arrayFirstIndex(
              (started, paid, refunded_at) -> paid AND started = first_kept_at AND refunded_at = 0,
              `periods.started_at`, `periods.paid`, `periods.refunded_at`)]) AS split
        FROM subscriptions
        INNER JOIN (
          SELECT sub_key_of(earliest) AS theirs
          FROM customers_since(app = {app:String}, store = {store:String}, environment = {environment:String},
            from = first, mark = 'kept')
          WHERE moment_of(earliest) <= until
        ) AS found ON sub_key = theirs
        WHERE {segment:String} != ''
          AND ({app:String} = '' OR app_id = {app:String})
          AND ({store:String} = '' OR store = {store:String})
          AND environment = {environment:String}
          AND first_kept_at BETWEEN since AND until
          AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
          AND chart_asked(unit, {segment:String})
      )
      GROUP BY group_key_of({segment:String}, split), began
      UNION ALL
      SELECT '', first, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    GROUP BY segment, place
  )
  GROUP BY segment
)
ARRAY JOIN found AS new_paying_customers, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
