-- Not a chart: by how much each day changed what is active, of the rows that are `unsummed`. A paid period
-- is added on the day on which it starts, and taken away on the day on which it ended: not while that has
-- not happened yet, nor while patience lasts.
CREATE OR REPLACE VIEW changes_paid AS
WITH
  now('UTC') AS at,
  counted_until({part:String}, at) AS until,
  toDateTime(calendar_first({from:Date}, {resolution:String}), 'UTC') AS since
SELECT
  any(app) AS app_id, any(shop) AS store, if({segment:String} IN ('', 'store', 'app'), '', any(split)) AS dimension,
  'active' AS what, change.1 AS day, change.2 AS counts_from,
  sum(sign * change.3) AS number, sum(sign * change.3 * mrr) AS usd_micros, sum(sign * change.3 * without_price) AS unpriced
FROM (
  SELECT
    app, shop, sign, owner, split, mrr, without_price,
    arrayJoin(arrayMap(happens -> (happens.1, counted_from(happens.2, at), happens.3), arrayFilter(
      happens -> happens.2 <= until, [
        (toDate(started), started, toInt64(1)), (toDate(ended), greatest(ended, patient_until), toInt64(-1))]))) AS change
  FROM (
    SELECT
      app_id AS app, store AS shop, sign, owner_key_of(app_id, store) AS owner,
      `periods.started_at`, `periods.ended_at`, `periods.patient_until`, `periods.paid`, `periods.mrr_usd_micros`,
      `periods.unpriced`,
      dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
        `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions
    FROM unsummed(
      app = {app:String}, store = {store:String}, environment = {environment:String}, part = {part:String})
    WHERE last_end >= since - least(86400, toUnixTimestamp(since))
  )
  ARRAY JOIN
    `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
    `periods.paid` AS paid, `periods.mrr_usd_micros` AS mrr, `periods.unpriced` AS without_price, dimensions AS split
  WHERE (ended >= since OR patient_until > at) AND paid AND started < ended
)
GROUP BY owned_key_of({segment:String}, owner, split), day, counts_from
HAVING number != 0 OR usd_micros != 0 OR unpriced != 0;
