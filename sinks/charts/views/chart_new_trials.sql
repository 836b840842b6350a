-- Trials by the day on which they began.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   new_trials: how many
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_new_trials AS
SELECT
  period_start, segment,
  new_trials,
  incomplete
FROM trials_in(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
