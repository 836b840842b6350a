-- Not a chart: what moved MRR and the number of active subscriptions on each day, of the rows that are
-- `unsummed`, as the fold found it: the start of a paid period, by its kind; its end where no other continues
-- it, not while patience lasts.
--   new, expansion, contraction, fx, reactivation: by how much MRR moved at the start
--   intro, tried: of the new ones those with an introductory price, those after a trial
--   churned: what was lost at the end
--   came, went: to the segment of the period that starts, from that of the one before it, what it had been worth
CREATE OR REPLACE VIEW changes_movements AS
WITH
  now('UTC') AS at,
  counted_until({part:String}, at) AS until,
  toDateTime(calendar_first({from:Date}, {resolution:String}), 'UTC') AS since
SELECT
  any(app) AS app_id, any(shop) AS store, if({segment:String} IN ('', 'store', 'app'), '', any(change.1)) AS dimension,
  change.2 AS what, change.3 AS day, change.4 AS counts_from,
  sum(sign) AS number, sum(sign * change.5) AS usd_micros, sum(sign * change.6) AS unpriced
FROM (
  SELECT
    app, shop, sign, owner, greatest(ended, patient_until) AS over, toInt64(without_price) AS lacks, toInt64(0) AS none,
    arrayJoin(arrayMap(happens -> (happens.2, happens.3, happens.4, counted_from(happens.5, at), happens.6, happens.7), arrayFilter(
      happens -> happens.1 AND happens.5 <= until, [
        (moved != '', here, toString(moved), toDate(started), started, moved_usd, lacks),
        (moved = 'new' AND kind = 'intro', here, 'intro', toDate(started), started, none, none),
        (moved = 'new' AND first_trial BETWEEN 1 AND i - 1, here, 'tried', toDate(started), started, none, none),
        (here != there, here, 'came', toDate(started), started, mrr - moved_usd, none),
        (here != there, there, 'went', toDate(started), started, mrr - moved_usd, none),
        (churned, here, 'churned', toDate(ended), over, mrr, lacks)]))) AS change
  FROM (
    SELECT
      app_id AS app, store AS shop, sign, owner_key_of(app_id, store) AS owner,
      `periods.started_at`, `periods.ended_at`, `periods.patient_until`, `periods.kind`,
      `periods.mrr_usd_micros`, `periods.unpriced`, `periods.moved_by`, `periods.moved_usd_micros`, `periods.churned`,
      indexOf(`periods.kind`, 'trial') AS first_trial,
      dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
        `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimensions,
      if({segment:String} IN ('', 'store', 'app'), identity(dimensions),
        arrayMap((here, of) -> if(of > 0, dimensions[of], here), dimensions, `periods.continues`)) AS dimensions_before
    FROM unsummed(
      app = {app:String}, store = {store:String}, environment = {environment:String}, part = {part:String})
    WHERE last_end >= since - least(86400, toUnixTimestamp(since))
  )
  ARRAY JOIN
    arrayEnumerate(`periods.churned`) AS i,
    `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
    `periods.kind` AS kind, `periods.unpriced` AS without_price, `periods.mrr_usd_micros` AS mrr,
    `periods.moved_by` AS moved, `periods.moved_usd_micros` AS moved_usd, `periods.churned` AS churned,
    dimensions AS here, dimensions_before AS there
  WHERE (started >= since OR ended >= since) AND (moved != '' OR churned OR here != there)
)
GROUP BY owned_key_of({segment:String}, owner, change.1), what, day, counts_from
HAVING number != 0 OR usd_micros != 0 OR unpriced != 0;
