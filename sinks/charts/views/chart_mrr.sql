-- Monthly recurring revenue at the end of each calendar period, now for the present one: the prices
-- of paid active periods, each made a month's, gross of tax and commission, at the rate of its
-- purchase day. Auto-renew off, grace and billing retry with access count until they end.
-- RevenueCat's v3 opens a new subscription at a product change; here it goes on: MRR is the same.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   mrr_usd_micros: millionths of a USD
--   mrr_usd: USD
--   incomplete: the calendar period has not ended
--   unpriced: active paid subscriptions without a price in USD, worth nothing here
CREATE OR REPLACE VIEW chart_mrr AS
SELECT
  period_start, segment, mrr_usd_micros,
  usd_of(mrr_usd_micros) AS mrr_usd,
  incomplete, unpriced
FROM paid_periods_at(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
