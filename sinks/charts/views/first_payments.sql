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
      `periods.product_id`, `periods.product_duration`, `periods.offer_type`, `periods.paid`)[first_place]) AS dimension,
    arrayJoin(arrayPushFront(
      if(by_refund, arrayFilter(back -> back.3 = first_place, arrayZip(`refunds.at`, arrayMap(usd -> -usd, `refunds.usd_micros`), `refunds.place`)), []),
      (first_paid_at, `periods.usd_micros`[first_place] - if(by_refund, 0, `periods.refunded_usd_micros`[first_place]), first_place)
    )) AS moved
  FROM (
    SELECT
      store, app_id, first_paid_at, `periods.paid`, `periods.usd_micros`, `periods.refunded_usd_micros`,
      `refunds.at`, `refunds.usd_micros`, `refunds.place`,
      `periods.country_code`, `periods.product_id`, `periods.product_duration`, `periods.offer_type`,
      toUInt32(arrayFirstIndex((paid, started) -> paid AND started = first_paid_at, `periods.paid`, `periods.started_at`)) AS first_place
    FROM subscriptions
    WHERE ({app:String} = '' OR app_id = {app:String})
      AND ({store:String} = '' OR store = {store:String})
      AND environment = {environment:String}
      AND last_paid_at > 0 AND (by_refund OR first_paid_at >= since)
      AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
      AND sub_key IN (
        SELECT sub_key_of(min(payment_order_of(first_paid_at, sub_key)))
        FROM by_customer(app = {app:String}, store = {store:String}, environment = {environment:String})
        GROUP BY customer
        HAVING by_refund OR min(first_paid_at) >= since)
  )
)
WHERE moved.1 <= now('UTC')
GROUP BY store, app_id, dimension, day;
