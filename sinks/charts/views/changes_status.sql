-- Not a chart: what is active, by whether it is set to renew, set to cancel or past its expiry, of the rows that
-- are `unsummed`; trials are their own, as in `set_to_renew_trial`. It is added when it becomes so and taken
-- away when it does no longer; what is over by now is not looked at.
CREATE OR REPLACE VIEW changes_status AS
WITH
  now('UTC') AS at,
  counted_until({part:String}, at) AS until
SELECT
  app_id, store, dimension, concat(change.1, if(paid, '', '_trial')) AS what, toDate(0) AS day, change.2 AS counts_from,
  sum(change.3 * periods_of) AS number, sum(change.3 * mrr_of) AS usd_micros, sum(change.3 * unpriced_of) AS unpriced
FROM (
  SELECT
    any(app) AS app_id, any(shop) AS store, if({segment:String} IN ('', 'store', 'app'), '', any(split)) AS dimension,
    paid, change, sum(sign) AS periods_of, sum(sign * mrr) AS mrr_of, sum(sign * unpriced_period) AS unpriced_of
  FROM (
    SELECT
      app, shop, split, owner, paid, sign, mrr, unpriced_period,
      if(renews, 'set_to_renew', 'set_to_cancel') AS set_to,
      expires < ended AS overdue, greatest(expires, started) AS due,
      arrayJoin(arrayMap(happens -> (happens.1, counted_from(happens.2, at), happens.3), arrayFilter(
        happens -> happens.3 != 0 AND happens.2 <= until, [
          (set_to, started, toInt64(1)),
          (set_to, due, -toInt64(overdue)), ('billing_issue', due, toInt64(overdue)),
          ('billing_issue', ended, -toInt64(overdue)), (set_to, ended, toInt64(overdue)),
          (set_to, greatest(ended, patient_until), toInt64(-1))]))) AS change
    FROM (
      SELECT
        app_id AS app, store AS shop, sign, owner_key_of(app_id, store) AS owner,
        `periods.started_at`, `periods.ended_at`, `periods.expires_at`, `periods.patient_until`, `periods.kind`,
        `periods.paid`, `periods.renews`, `periods.mrr_usd_micros`, `periods.unpriced`,
        dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
          `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions
      FROM unsummed(
        app = {app:String}, store = {store:String}, environment = {environment:String}, part = {part:String})
      WHERE last_end >= at - 86400
    )
    ARRAY JOIN
      `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.expires_at` AS expires,
      `periods.patient_until` AS patient_until, `periods.kind` AS kind, `periods.paid` AS paid,
      `periods.renews` AS renews, `periods.mrr_usd_micros` AS mrr, `periods.unpriced` AS unpriced_period,
      dimensions AS split
    WHERE started <= until AND started < ended AND greatest(ended, patient_until) > at AND (paid OR kind = 'trial')
  )
  GROUP BY owned_key_of({segment:String}, owner, split), paid, change
)
GROUP BY app_id, store, dimension, what, counts_from
HAVING number != 0 OR usd_micros != 0 OR unpriced != 0;
