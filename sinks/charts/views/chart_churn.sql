-- Of the paid subscriptions active at the start of each calendar period, what share was lost in it:
-- churned less resubscribed, so it may be negative.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   active_at_start: paid subscriptions active when the calendar period began
--   churned: paid periods that ended and none followed without a gap
--   resubscribed: paid periods that began after a gap
--   churn_rate: (churned - resubscribed) / active_at_start, 0.05 is 5 %; null when none was active
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_churn AS
SELECT
  period_start, segment,
  toInt64(sum(active_before + new + reactivated - churned + switched) OVER everything
    - (new + reactivated - churned + switched)) AS active_at_start,
  churned, reactivated AS resubscribed,
  if(active_at_start = 0, NULL, (churned - reactivated) / active_at_start) AS churn_rate,
  incomplete
FROM movements_in(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
WINDOW everything AS (PARTITION BY segment ORDER BY period_start)
ORDER BY period_start, segment;
