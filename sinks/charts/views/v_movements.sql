-- Not a chart: one row whenever MRR moved, for tools that click tables together. Summed up to a day
-- they are chart_mrr at its end, now for today. Kinds: new, expansion, contraction, fx, churned, reactivation.
-- They are the ones that the fold found: what chart_mrr_movement sums. What a period ends with is churned
-- unless another paid one begins by the end of that day, or may yet: nobody has said what follows.
CREATE OR REPLACE VIEW v_movements AS
SELECT
  app_id, environment, store, subscription_id, customer_id,
  movement.1 AS moved_at, movement.2 AS kind,
  movement.3 AS mrr_usd_micros, toDecimal128(movement.3, 6) / 1000000 AS mrr_usd,
  movement.4 AS subscriptions, unpriced,
  product_id, product_duration, country_code, offer_type
FROM (
  SELECT
    app_id, environment, store, subscription_id, customer_id, product_id, product_duration, country_code, offer_type, unpriced,
    -- Of one period: what its start moved, and what its end did.
    arrayJoin([
      (started, toString(moved_by), moved, toInt8(moved_by IN ('new', 'reactivation'))),
      (ended, if(churned AND patient_until <= now('UTC'), 'churned', ''), -mrr, toInt8(-1))]) AS movement
  FROM subscriptions FINAL
  ARRAY JOIN
    `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.patient_until` AS patient_until,
    `periods.moved_by` AS moved_by, `periods.moved_usd_micros` AS moved, `periods.churned` AS churned,
    `periods.mrr_usd_micros` AS mrr, `periods.unpriced` AS unpriced,
    `periods.product_id` AS product_id, `periods.product_duration` AS product_duration,
    `periods.country_code` AS country_code, `periods.offer_type` AS offer_type
)
WHERE movement.2 != '' AND movement.1 <= now('UTC');
