-- Subscriptions whose first paid period began in each calendar period.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   new_paid_subscriptions: how many
--   from_trial: of them after a trial
--   from_intro: of them with an introductory price, without a trial
--   direct: of them with neither
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_new_paid_subscriptions AS
SELECT
  period_start, segment,
  new AS new_paid_subscriptions, new_converted AS from_trial, new_intro AS from_intro,
  new - new_converted - new_intro AS direct,
  incomplete
FROM movements_in(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
