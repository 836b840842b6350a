-- Not a chart: USD of customers' first payments, by the day of the payment, and of what of them went back,
-- negative: by its own day, or by that of the payment with refunds_on = 'original'. `split`: what they are split by.
-- The filters choose the payments, also which one was a customer's first. (`day_sums` has none of it: whether a
-- payment is a customer's first depends on other subscriptions.)
CREATE OR REPLACE VIEW first_payments AS
WITH
  toDateTime(calendar_first({from:Date}, {resolution:String}), 'UTC') AS since,
  {refunds_on:String} = 'refund' AS by_refund
SELECT split, toDate(moved.1) AS day, sum(moved.2) AS usd_micros
FROM (
  SELECT
    told_by({segment:String}, paid_by) AS split,
    arrayJoin(if(
      by_refund,
      arrayPushFront(arrayMap(back -> (back.at, -back.usd_micros), paid_back), (paid_at, paid_usd_micros)),
      [(paid_at, paid_usd_micros - arraySum(back -> back.usd_micros, paid_back))])) AS moved
  FROM customers(
    app = {app:String}, store = {store:String}, environment = {environment:String},
    from = '1970-01-01', resolution = 'day', part = '', fill = 0)
  WHERE paid_at >= since OR notEmpty(paid_back)
)
WHERE moved.1 >= since AND moved.1 <= now('UTC')
GROUP BY split, day;
