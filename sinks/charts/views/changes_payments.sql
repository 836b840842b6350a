-- Not a chart: what was paid on each day, of the rows that are `unsummed`, and what of it went back, whenever.
--   paid: payments, USD paid, tax included; of them in paid_untaxed USD without tax, in paid_proceeds without commission too
--   kept_untaxed, kept_proceeds: the same of what did not go back
--   back: payments that went back wholly, USD that went back; back_in_part: payments that did in part
--   once: one-time purchases, USD paid, tax included; once_back: USD of it that went back
CREATE OR REPLACE VIEW changes_payments AS
WITH
  now('UTC') AS at,
  counted_until({part:String}, at) AS until,
  toDateTime(calendar_first({from:Date}, {resolution:String}), 'UTC') AS since
SELECT
  app_id, store, dimension, change.1 AS what, day, counts_from,
  sum(change.2) AS number, sum(change.3) AS usd_micros, sum(change.4) AS unpriced
FROM (
  SELECT
    app_id, store, dimension, day, counts_from,
    arrayJoin([
      ('paid', payments, paid_usd, paid_unpriced), ('paid_untaxed', toInt64(0), untaxed, toInt64(0)),
      ('paid_proceeds', toInt64(0), proceeds, toInt64(0)),
      ('kept_untaxed', toInt64(0), kept_untaxed, toInt64(0)), ('kept_proceeds', toInt64(0), kept_proceeds, toInt64(0)),
      ('back', whole, back_usd, toInt64(0)), ('back_in_part', in_part, toInt64(0), toInt64(0)),
      ('once', purchases, once_usd, once_unpriced), ('once_back', toInt64(0), once_back, toInt64(0))]) AS change
  FROM (
    SELECT
      any(app) AS app_id, any(shop) AS store, if({segment:String} IN ('', 'store', 'app'), '', any(split)) AS dimension,
      toDate(started) AS day, counted_from(started, at) AS counts_from,
      sumIf(sign, paid) AS payments, sumIf(sign * usd, paid) AS paid_usd, sumIf(sign, paid AND without_price) AS paid_unpriced,
      sumIf(sign * intDiv(usd * (10000 - tax_bp), 10000), paid) AS untaxed,
      sumIf(sign * intDiv(usd * (10000 - tax_bp - commission_bp), 10000), paid) AS proceeds,
      sumIf(sign * intDiv((usd - back) * (10000 - tax_bp), 10000), paid) AS kept_untaxed,
      sumIf(sign * intDiv((usd - back) * (10000 - tax_bp - commission_bp), 10000), paid) AS kept_proceeds,
      sumIf(sign, paid AND refunded_at > 0) AS whole, sumIf(sign * back, paid) AS back_usd,
      sumIf(sign, paid AND refunded_at = 0 AND back > 0) AS in_part,
      sumIf(sign, kind = 'one_time') AS purchases, sumIf(sign * usd, kind = 'one_time') AS once_usd, sumIf(sign, kind = 'one_time' AND without_price) AS once_unpriced,
      sumIf(sign * back, kind = 'one_time') AS once_back
    FROM (
      SELECT
        app_id AS app, store AS shop, sign, owner_key_of(app_id, store) AS owner,
        `periods.started_at`, `periods.paid`, `periods.kind`, `periods.usd_micros`, `periods.refunded_usd_micros`,
        `periods.refunded_at`, `periods.unpriced`, `periods.tax_bp`, `periods.commission_bp`,
        dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
          `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions
      FROM unsummed(
        app = {app:String}, store = {store:String}, environment = {environment:String}, part = {part:String})
      WHERE last_end >= since
    )
    ARRAY JOIN
      `periods.started_at` AS started, `periods.paid` AS paid, `periods.kind` AS kind,
      `periods.usd_micros` AS usd, `periods.refunded_usd_micros` AS back, `periods.refunded_at` AS refunded_at,
      `periods.unpriced` AS without_price, `periods.tax_bp` AS tax_bp, `periods.commission_bp` AS commission_bp,
      dimensions AS split
    WHERE (paid OR kind = 'one_time') AND started BETWEEN since AND until
    GROUP BY owned_key_of({segment:String}, owner, split), day, counts_from
  )
)
GROUP BY app_id, store, dimension, what, day, counts_from
HAVING number != 0 OR usd_micros != 0 OR unpriced != 0;
