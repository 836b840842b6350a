-- Unexpired trials at the end of each calendar period, now for the present one, whether or not
-- auto-renew is on.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   active_trials: how many
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_active_trials AS
SELECT
  period_start, segment,
  toInt64(sum(turned) OVER (PARTITION BY segment ORDER BY period_start)) AS active_trials,
  incomplete
FROM trials_in(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
