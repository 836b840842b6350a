-- Cancellations by reason and the day on which they happened: auto-renew switched off, a charge that
-- failed, a refund. The reason is in RevenueCat's words; the stores' surveys are not asked.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   reason: UNSUBSCRIBE, BILLING_ERROR, CUSTOMER_SUPPORT, DEVELOPER_INITIATED, PRICE_INCREASE, ...
--   cancellations: how many, also of trials; taken back or not
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_cancel_reasons AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until
SELECT
  calendar_first(toDate(cancelled), unit) AS period_start,
  segment_of({segment:String}, store, app_id, dimension) AS segment,
  reason,
  toInt64(count()) AS cancellations,
  CAST(calendar_start(period_start, 1, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT
    store, app_id, `cancels.at`, `cancels.place`, `cancels.reason`, `periods.country_code`, `periods.offer_type`,
    `periods.product_duration`, `periods.product_id`
  FROM subscriptions
  WHERE ({app:String} = '' OR app_id = {app:String})
    AND ({store:String} = '' OR store = {store:String})
    AND environment = {environment:String}
    AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
    AND chart_asked(unit, {segment:String})
)
ARRAY JOIN
  `cancels.at` AS cancelled, `cancels.reason` AS reason,
  arrayMap(of -> dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
      `periods.product_duration`, `periods.offer_type`, `cancels.place`)[of], `cancels.place`) AS dimension
WHERE cancelled BETWEEN since AND until
GROUP BY period_start, segment, reason
ORDER BY period_start, segment, cancellations DESC, reason;
