-- Not a chart: USD of customers' first payments, by the day of the payment, and of what of them went back,
-- negative: by its own day, or by that of the payment with refunds_on = 'original'. The filters choose the
-- payments, also which one was a customer's first. (`day_sums` has none of it: whether a payment is a
-- customer's first depends on other subscriptions.)
CREATE OR REPLACE VIEW first_payments AS
WITH
  toDateTime(calendar_first({from:Date}, {resolution:String}), 'UTC') AS since,
  {refunds_on:String} = 'refund' AS by_refund
SELECT store, app_id, dimension, toDate(moved.1) AS day, sum(moved.2) AS usd_micros
FROM (
  SELECT
    store, app_id,
    if({segment:String} IN ('', 'store', 'app'), toLowCardinality(''), dimensions_of({segment:String}, `periods.country_code`,
      `periods.product_id`, `periods.product_duration`, `periods.offer_type`, `periods.paid`)[place]) AS dimension,
    arrayJoin(arrayPushFront(
      if(by_refund, arrayFilter(back -> back.3 = place, arrayZip(`refunds.at`, arrayMap(usd -> -usd, `refunds.usd_micros`), `refunds.place`)), []),
      (first_paid_at, `periods.usd_micros`[place] - if(by_refund, 0, `periods.refunded_usd_micros`[place]), place)
    )) AS moved
  FROM (
    SELECT
      store, app_id, sub_key, first_paid_at, `periods.paid`, `periods.usd_micros`, `periods.refunded_usd_micros`,
      `refunds.at`, `refunds.usd_micros`, `refunds.place`,
      `periods.country_code`, `periods.product_id`, `periods.product_duration`, `periods.offer_type`,
      toUInt32(arrayFirstIndex((paid, started) -> paid AND started = first_paid_at, `periods.paid`, `periods.started_at`)) AS place
    FROM subscriptions
    WHERE ({app:String} = '' OR app_id = {app:String})
      AND ({store:String} = '' OR store = {store:String})
      AND environment = {environment:String}
      AND last_paid_at > 0
      -- What neither was paid nor went back within the range is not looked at.
      AND (first_paid_at >= since OR by_refund AND arrayExists(at -> at >= since, `refunds.at`))
      AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
  ) AS theirs
  INNER JOIN (
    SELECT sub_key_of(earliest) AS sub_key
    FROM customers_since(app = {app:String}, store = {store:String}, environment = {environment:String},
      from = if(by_refund, toDate(0), toDate(since)), mark = 'paid')
    WHERE moment_of(earliest) >= since OR sub_key_of(earliest) IN (
      SELECT sub_key FROM subscriptions
      WHERE environment = {environment:String} AND arrayExists(at -> at >= since, `refunds.at`))
  ) AS found ON theirs.sub_key = found.sub_key
)
WHERE moved.1 >= since AND moved.1 <= now('UTC')
GROUP BY store, app_id, dimension, day;
