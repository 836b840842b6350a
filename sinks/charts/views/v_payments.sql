-- Not a chart: one row whenever money moved, for tools that click tables together. A payment is
-- positive, on the day of purchase; a refund negative, on its own day; one that was reversed is none.
-- Trials, promotional grants, family sharing and periods of price 0 moved none.
-- price_usd_micros is NULL where no rate was known, and of a refund whose amount nobody knows.
CREATE OR REPLACE VIEW v_payments AS
SELECT
  app_id, environment, store, subscription_id, customer_id, toString(event_id) AS event_id,
  if(refund_id = '', 'payment', 'refund') AS kind,
  type,
  if(refund_id = '', ifNull(purchased_at, occurred_at), occurred_at) AS paid_at,
  price_usd_micros,
  toDecimal128(price_usd_micros, 6) / 1000000 AS price_usd,
  -- Of an unknown share nothing is taken off.
  intDiv(price_usd_micros * (10000 - ifNull(tax_bp, 0) - ifNull(commission_bp, 0)), 10000) AS proceeds_usd_micros,
  price_micros, currency, tax_bp, commission_bp,
  transaction_id, refund_id, product_id, product_duration, country_code, offer_type
FROM events FINAL
WHERE (type IN ('INITIAL_PURCHASE', 'RENEWAL', 'NON_RENEWING_PURCHASE')
    AND NOT is_family_share AND period_type NOT IN ('TRIAL', 'PROMOTIONAL')
    AND coalesce(price_usd_micros, price_micros, 1) > 0)
  OR (type = 'CANCELLATION' AND refund_id != ''
    AND (app_id, environment, sub_key, refund_id) NOT IN (
      SELECT app_id, environment, sub_key, refund_id FROM events WHERE type = 'REFUND_REVERSED'));
