-- Not a chart: paid subscriptions active at the end of each day, now for today, by every dimension,
-- for tools that click tables together. It counts day by day: filter by app_id and environment, and
-- ask chart_active_subscriptions and chart_mrr where speed matters.
CREATE OR REPLACE VIEW v_active_daily AS
SELECT
  app_id, environment, store, day, product_id, product_duration, country_code, offer_type,
  active_subscriptions, mrr AS mrr_usd_micros, toDecimal128(mrr, 6) / 1000000 AS mrr_usd, unpriced
FROM (
  SELECT
    app_id, environment, store, toDate(started) + number AS day,
    product_id, product_duration, country_code, offer_type,
    count() AS active_subscriptions, sum(mrr_of) AS mrr, countIf(without_price) AS unpriced
  FROM (
    SELECT
      app_id, environment, store, started, mrr_of, without_price,
      product_id, product_duration, country_code, offer_type,
      if(greatest(ended, patient_until) > now('UTC'), toDate(now('UTC')) + 1, toDate(ended)) AS gone
    FROM subscriptions FINAL
    ARRAY JOIN
      `periods.paid` AS paid, `periods.started_at` AS started, `periods.ended_at` AS ended,
      `periods.patient_until` AS patient_until, `periods.mrr_usd_micros` AS mrr_of, `periods.unpriced` AS without_price,
      `periods.product_id` AS product_id, `periods.product_duration` AS product_duration,
      `periods.country_code` AS country_code, `periods.offer_type` AS offer_type
    WHERE paid AND started <= now('UTC')
  )
  ARRAY JOIN range(toUInt32(greatest(gone - toDate(started), 0))) AS number
  GROUP BY app_id, environment, store, day, product_id, product_duration, country_code, offer_type
);
