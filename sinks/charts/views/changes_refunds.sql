-- Not a chart: refunds that stand, by the day on which the money went back, of the rows that are `unsummed`.
--   refund: how many, USD; whole: of them those with which all of the price had gone back
--   taken: of payments; in taken_untaxed USD without tax, in taken_proceeds without commission too, both negative
CREATE OR REPLACE VIEW changes_refunds AS
WITH
  now('UTC') AS at,
  counted_until({part:String}, at) AS until
SELECT
  app_id, store, dimension, change.1 AS what, day, counts_from,
  sum(sign * change.2) AS number, sum(sign * change.3) AS usd_micros, sum(sign * change.4) AS unpriced
FROM (
  SELECT
    app_id, store, sign, toDate(refunded) AS day, counted_from(refunded, at) AS counts_from,
    if({segment:String} IN ('', 'store', 'app'), toLowCardinality(''), dimensions[of]) AS dimension,
    back != 0 AND paids[of] AS takes,
    arrayJoin(arrayFilter(happens -> happens.2 != 0, [
      ('refund', toInt64(1), back, toInt64(unpriceds[of])), ('whole', toInt64(wholly), toInt64(0), toInt64(0)),
      ('taken', toInt64(takes), back, toInt64(0)),
      ('taken_untaxed', toInt64(takes), intDiv(-back * (10000 - taxes[of]), 10000), toInt64(0)),
      ('taken_proceeds', toInt64(takes), intDiv(-back * (10000 - taxes[of] - commissions[of]), 10000), toInt64(0))])) AS change
  FROM (
    SELECT
      app_id, store, sign, `refunds.at`, `refunds.place`, `refunds.usd_micros`, `refunds.whole`, `periods.paid` AS paids,
      `periods.unpriced` AS unpriceds, `periods.tax_bp` AS taxes, `periods.commission_bp` AS commissions,
      dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
        `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions
    FROM unsummed(
      app = {app:String}, store = {store:String}, environment = {environment:String}, part = {part:String})
    WHERE notEmpty(`refunds.at`)
  )
  ARRAY JOIN `refunds.at` AS refunded, `refunds.place` AS of, `refunds.usd_micros` AS back, `refunds.whole` AS wholly
  WHERE refunded <= until
)
GROUP BY app_id, store, dimension, what, day, counts_from
HAVING number != 0 OR usd_micros != 0 OR unpriced != 0;
