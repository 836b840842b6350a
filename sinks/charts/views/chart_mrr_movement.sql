-- What moved MRR within each calendar period; the columns, without unpriced, sum to the difference of
-- chart_mrr. RevenueCat's churned MRR is churned + reactivation here, both with their signs.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   new_usd: USD of first paid periods: a trial's on its conversion
--   expansion_usd: USD gained where a subscription went on at more, without a gap; intro to normal too
--   contraction_usd: USD lost where it went on at less, negative
--   churned_usd: USD lost where paid periods ended and none followed without a gap, negative
--   reactivation_usd: USD of paid periods that began after a gap
--   fx_usd: USD gained or lost at the same product and local price by the rate alone
--   switched_usd: USD that came from other segments less what went to them; 0 over all segments
--   change_usd: USD, the sum of all of them
--   incomplete: the calendar period has not ended
--   unpriced: movements of periods without a price in USD, worth nothing here
CREATE OR REPLACE VIEW chart_mrr_movement AS
SELECT
  period_start, segment,
  usd_of(new_usd_micros) AS new_usd, usd_of(expansion_usd_micros) AS expansion_usd,
  usd_of(contraction_usd_micros) AS contraction_usd, usd_of(churned_usd_micros) AS churned_usd,
  usd_of(reactivation_usd_micros) AS reactivation_usd, usd_of(fx_usd_micros) AS fx_usd,
  usd_of(switched_usd_micros) AS switched_usd,
  usd_of(new_usd_micros + expansion_usd_micros + contraction_usd_micros + churned_usd_micros
    + reactivation_usd_micros + fx_usd_micros + switched_usd_micros) AS change_usd,
  incomplete, unpriced
FROM movements_in(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
