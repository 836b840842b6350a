-- Paid subscriptions active at the end of each calendar period, now for the present one: cancelled
-- but not expired, in grace and refunded in part count; trials, promotional grants, family sharing
-- and periods of price 0 do not. Two subscriptions of one customer are two.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   active_subscriptions: how many
--   incomplete: the calendar period has not ended
--   unpriced: how many of them have no price in USD
CREATE OR REPLACE VIEW chart_active_subscriptions AS
SELECT period_start, segment, active_subscriptions, incomplete, unpriced
FROM paid_periods_at(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
