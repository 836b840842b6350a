-- What moved the number of active subscriptions within each calendar period; new + resubscribed -
-- churned + switched is the difference of chart_active_subscriptions. RevenueCat's churned actives are
-- churned - resubscribed here, and may be negative.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   new: subscriptions whose first paid period began
--   resubscribed: subscriptions whose paid period began after a gap
--   churned: subscriptions whose paid period ended and none followed without a gap
--   switched: subscriptions that came from other segments less those that went; 0 over all segments
--   change: new + resubscribed - churned + switched
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_actives_movement AS
SELECT
  period_start, segment,
  new, reactivated AS resubscribed, churned, switched,
  new + reactivated - churned + switched AS change,
  incomplete
FROM movements_in(
  app = {app:String}, store = {store:String}, environment = {environment:String},
  from = {from:Date}, to = {to:Date}, resolution = {resolution:String}, segment = {segment:String})
ORDER BY period_start, segment;
