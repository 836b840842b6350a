-- What was paid in each calendar period, by the day on which the term paid for begins (as RevenueCat does; a
-- charge that failed at first is taken later), at its day's rate; one-time purchases too. refunds_on: refunds
-- count on the day of the original payment (history changes) or of the refund (RevenueCat's version 3). The
-- filters choose the payments, also which one was a customer's first.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   payments: how many
--   gross_usd: USD paid, tax included
--   refunded_usd: USD that went back
--   revenue_usd: gross_usd - refunded_usd
--   new_usd: of the revenue, that of customers' first payments
--   renewal_usd: of the revenue, that of all other payments
--   net_of_tax_usd: revenue_usd less tax; a share that nobody told counts as 0
--   proceeds_usd: revenue_usd less tax and commission; a share that nobody told counts as 0
--   unpriced: payments without a price in USD, worth nothing here
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_revenue AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  calendar_start(first, count_of, unit) - 1 AS last,
  {refunds_on:String} = 'refund' AS by_refund
SELECT
  calendar_start(first, number - 1, unit) AS period_start,
  segment,
  f[1] AS payments, usd_of(f[2]) AS gross_usd, usd_of(f[3]) AS refunded_usd, usd_of(f[2] - f[3]) AS revenue_usd,
  usd_of(f[4]) AS new_usd, usd_of(f[2] - f[3] - f[4]) AS renewal_usd,
  usd_of(f[5]) AS net_of_tax_usd, usd_of(f[6]) AS proceeds_usd, f[7] AS unpriced,
  CAST(calendar_start(first, number, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT segment, groupArrayInsertAt([], count_of)(sums, place) AS found
  FROM (
    SELECT
      segment_of({segment:String}, store, app_id, dimension) AS segment,
      toUInt32(calendar_number(first, day, unit)) AS place,
      [
        sumIf(payments_of, what = 'paid'), sumIf(usd, what = 'paid'),
        if(by_refund, sumIf(usd, what = 'taken'), sumIf(usd, what = 'back')),
        sumIf(usd, what = 'first'),
        if(by_refund, sumIf(usd, what IN ('paid_untaxed', 'taken_untaxed')), sumIf(usd, what = 'kept_untaxed')),
        if(by_refund, sumIf(usd, what IN ('paid_proceeds', 'taken_proceeds')), sumIf(usd, what = 'kept_proceeds')),
        sumIf(without_price, what = 'paid'), sumIf(payments_of, what = 'paid' OR by_refund AND what = 'taken')
      ] AS sums
    FROM (
      SELECT app_id, store, dimension, what, day, number AS payments_of, usd_micros AS usd, unpriced AS without_price
      FROM changes_payments(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, part = '')
      UNION ALL
      SELECT app_id, store, dimension, what, day, number, usd_micros, unpriced
      FROM sums_of(
        families = ['payments', 'refunds'],
        app = {app:String}, store = {store:String}, environment = {environment:String}, segment = {segment:String})
      -- Only with refunds_on = 'refund':
      UNION ALL
      SELECT app_id, store, dimension, what, day, number, usd_micros, unpriced
      FROM changes_refunds(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        segment = {segment:String}, part = '')
      WHERE by_refund
      -- With any:
      UNION ALL
      SELECT split, split, split, 'first', day, 0, usd_micros, 0
      FROM first_payments(
        app = {app:String}, store = {store:String}, environment = {environment:String},
        from = {from:Date}, resolution = {resolution:String}, segment = {segment:String}, refunds_on = {refunds_on:String})
      UNION ALL
      SELECT '', '', '', 'paid', first, 0, 0, 0 WHERE {segment:String} = '' AND count_of > 0
    )
    WHERE day BETWEEN first AND last
      AND chart_asked(unit, {segment:String})
      AND NOT throwIf({refunds_on:String} NOT IN ('original', 'refund'), 'refunds_on: use original or refund')
    GROUP BY segment, place
  )
  GROUP BY segment
  HAVING {segment:String} = '' OR arrayExists(f -> f[8] != 0, found)
)
ARRAY JOIN found AS f, arrayEnumerate(found) AS number
ORDER BY period_start, segment;
