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
  sum(active - new - resubscribed_of + churned_of - switched) AS active_at_start,
  sum(churned_of) AS churned, sum(resubscribed_of) AS resubscribed,
  if(active_at_start = 0, NULL, (churned - resubscribed) / active_at_start) AS churn_rate,
  CAST(max(unfinished), 'Bool') AS incomplete
FROM (
  SELECT
    period_start, segment, active_subscriptions AS active, toInt64(0) AS new, toInt64(0) AS resubscribed_of,
    toInt64(0) AS churned_of, toInt64(0) AS switched, incomplete AS unfinished
  FROM paid_periods_at(
    app = {app:String}, store = {store:String}, environment = {environment:String},
    from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
  UNION ALL
  SELECT period_start, segment, 0, new, reactivated, churned, switched, incomplete
  FROM movements_in(
    app = {app:String}, store = {store:String}, environment = {environment:String},
    from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
)
GROUP BY period_start, segment
ORDER BY period_start, segment;
