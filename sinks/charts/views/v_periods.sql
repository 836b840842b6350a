-- Not a chart: one row a period of a subscription, for tools that click tables together. Filters on
-- app_id and environment read only theirs. `ended_at` of grace without an end is 2106.
CREATE OR REPLACE VIEW v_periods AS
SELECT
  app_id, environment, store, subscription_id, customer_id,
  number, transaction_id, started_at, ended_at, kind, paid,
  mrr_usd_micros, toDecimal128(mrr_usd_micros, 6) / 1000000 AS mrr_usd, unpriced,
  product_id, product_duration, country_code, offer_type
FROM subscriptions FINAL
ARRAY JOIN
  arrayEnumerate(`periods.paid`) AS number,
  `periods.transaction_id` AS transaction_id,
  `periods.started_at` AS started_at,
  `periods.ended_at` AS ended_at,
  `periods.kind` AS kind,
  `periods.paid` AS paid,
  `periods.mrr_usd_micros` AS mrr_usd_micros,
  `periods.unpriced` AS unpriced,
  `periods.product_id` AS product_id,
  `periods.product_duration` AS product_duration,
  `periods.country_code` AS country_code,
  `periods.offer_type` AS offer_type;
