-- What moved the number of active trials within each calendar period; change is the difference of
-- chart_active_trials.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   new_trials: trials that began
--   ended_trials: trials that ended, converted or not
--   converted_trials: of those that ended, followed by a first payment that was not wholly refunded
--   change: new_trials - ended_trials
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_trials_movement AS
SELECT
  period_start, segment,
  new_trials, ended_trials, converted_trials,
  new_trials - ended_trials AS change,
  incomplete
FROM trials_in(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
