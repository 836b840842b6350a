-- Annual recurring revenue at the end of each calendar period, now for the present one: MRR x 12.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   arr_usd_micros: millionths of a USD
--   arr_usd: USD
--   incomplete: the calendar period has not ended
--   unpriced: active paid subscriptions without a price in USD, worth nothing here
CREATE OR REPLACE VIEW chart_arr AS
SELECT
  period_start, segment,
  12 * mrr_usd_micros AS arr_usd_micros,
  usd_of(arr_usd_micros) AS arr_usd,
  incomplete, unpriced
FROM paid_periods_at(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
