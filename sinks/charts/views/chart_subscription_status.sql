-- What is active now, by whether it is set to renew, set to cancel, or in a billing issue: past its
-- expiry and in grace. It shows the present calendar period, if the range has it, and no past ones.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   status: set_to_renew, set_to_cancel, billing_issue
--   active_subscriptions: paid ones
--   active_trials: trials
--   mrr_usd: USD, monthly
--   arr_usd: USD, mrr_usd x 12
--   incomplete: always, for it is now
--   unpriced: active paid subscriptions without a price in USD, worth nothing here
CREATE OR REPLACE VIEW chart_subscription_status AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit
SELECT
  calendar_first(toDate(at), unit) AS period_start,
  segment_of({segment:String}, store, app_id, dimension) AS segment,
  replaceOne(what, '_trial', '') AS status,
  sumIf(periods_of, NOT tries) AS active_subscriptions,
  sumIf(periods_of, tries) AS active_trials,
  usd_of(sum(mrr_of)) AS mrr_usd,
  12 * mrr_usd AS arr_usd,
  CAST(true, 'Bool') AS incomplete,
  sumIf(without_price, NOT tries) AS unpriced
FROM (
  SELECT
    app_id, store, dimension, what, endsWith(what, '_trial') AS tries,
    number AS periods_of, usd_micros AS mrr_of, unpriced AS without_price
  FROM changes_status(
    app = {app:String}, store = {store:String}, environment = {environment:String}, segment = {segment:String}, part = '')
  UNION ALL
  SELECT app_id, store, dimension, what, endsWith(what, '_trial'), number, usd_micros, unpriced
  FROM sums_of(
    families = ['status'], app = {app:String}, store = {store:String}, environment = {environment:String},
    segment = {segment:String})
)
WHERE toDate(at) BETWEEN calendar_first({from:Date}, unit) AND calendar_start(calendar_first({to:Date}, unit), 1, unit) - 1
  AND chart_asked(unit, {segment:String})
GROUP BY period_start, segment, status
HAVING active_subscriptions != 0 OR active_trials != 0
ORDER BY period_start, segment, status;
