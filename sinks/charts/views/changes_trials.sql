-- Not a chart: what became of trials on which day, of the rows that are `unsummed`.
--   started: a trial began
--   ended: it is over, not while patience lasts; converted: of them those that a payment followed
--   paid: on the day on which it began, one that a payment has followed by now
--   waits: on the day on which it began, one that may yet be paid for
CREATE OR REPLACE VIEW changes_trials AS
WITH
  now('UTC') AS at,
  counted_until({part:String}, at) AS until,
  toDateTime(calendar_first({from:Date}, {resolution:String}), 'UTC') AS since
SELECT
  any(app) AS app_id, any(shop) AS store, if({segment:String} IN ('', 'store', 'app'), '', any(split)) AS dimension,
  change.1 AS what, change.2 AS day, change.3 AS counts_from,
  sum(sign * change.4) AS number, toInt64(0) AS usd_micros, toInt64(0) AS unpriced
FROM (
  SELECT
    app, shop, sign, owner, split, toDate(started) AS began, greatest(ended, patient_until) AS over,
    if(converted_at > 0, least(converted_at, over), over) AS decided_at,
    arrayJoin(arrayMap(happens -> (happens.1, happens.2, counted_from(happens.3, at), happens.4), arrayFilter(
      happens -> happens.3 <= until AND happens.4 != 0, [
        ('started', began, started, toInt64(1)),
        ('ended', toDate(ended), over, toInt64(1)), ('converted', toDate(ended), over, toInt64(converted_at > 0)),
        ('paid', began, greatest(converted_at, started), toInt64(converted_at > 0)),
        ('waits', began, started, toInt64(renews)), ('waits', began, decided_at, -toInt64(renews))]))) AS change
  FROM (
    SELECT
      app_id AS app, store AS shop, sign, owner_key_of(app_id, store) AS owner,
      `periods.started_at`, `periods.ended_at`, `periods.patient_until`, `periods.kind`, `periods.converted_at`,
      `periods.renews`,
      dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
        `periods.product_duration`, `periods.offer_type`, `periods.kind`) AS dimensions
    FROM unsummed(
      app = {app:String}, store = {store:String}, environment = {environment:String}, part = {part:String})
  )
  ARRAY JOIN
    `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
    `periods.kind` AS kind, `periods.converted_at` AS converted_at, `periods.renews` AS renews, dimensions AS split
  WHERE kind = 'trial' AND (ended >= since OR patient_until > at) AND started < ended
)
GROUP BY owned_key_of({segment:String}, owner, split), what, day, counts_from
HAVING number != 0;
