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
  segment_named({segment:String}, dimension) AS segment,
  multiIf(overdue, 'billing_issue', renews, 'set_to_renew', 'set_to_cancel') AS status,
  toInt64(sum(paid_of_them)) AS active_subscriptions,
  toInt64(sum(trials_of_them)) AS active_trials,
  usd_of(sum(mrr_of)) AS mrr_usd,
  12 * mrr_usd AS arr_usd,
  CAST(true, 'Bool') AS incomplete,
  toInt64(sum(unpriced_of_them)) AS unpriced
FROM (
  SELECT
    group_split_of({segment:String}, split) AS dimension, overdue, renews,
    countIf(paid) AS paid_of_them, countIf(NOT paid) AS trials_of_them, sum(mrr) AS mrr_of, countIf(unpriced) AS unpriced_of_them
  FROM (
    SELECT
      dimension_of({segment:String}, store, app_id, dimension) AS split,
      expires <= at AND ended > at AS overdue, renews, paid, mrr, unpriced
    FROM (
      SELECT
        store, app_id, `periods.country_code`, `periods.ended_at`, `periods.expires_at`, `periods.kind`,
        `periods.mrr_usd_micros`, `periods.offer_type`, `periods.paid`, `periods.patient_until`,
        `periods.product_duration`, `periods.product_id`, `periods.renews`, `periods.started_at`, `periods.unpriced`
      FROM subscriptions
      WHERE ({app:String} = '' OR app_id = {app:String})
        AND ({store:String} = '' OR store = {store:String})
        AND environment = {environment:String}
        AND row_number_of(_part, _part_offset) NOT IN (SELECT row FROM superseded)
        AND last_end >= at - 86400
        AND toDate(at) BETWEEN calendar_first({from:Date}, unit) AND calendar_start(calendar_first({to:Date}, unit), 1, unit) - 1
        AND chart_asked(unit, {segment:String})
    )
    ARRAY JOIN
      `periods.started_at` AS started, `periods.ended_at` AS ended, `periods.expires_at` AS expires,
      `periods.patient_until` AS patient_until, `periods.kind` AS kind, `periods.paid` AS paid,
      `periods.renews` AS renews, `periods.mrr_usd_micros` AS mrr, `periods.unpriced` AS unpriced,
      dimensions_of({segment:String}, `periods.country_code`, `periods.product_id`,
        `periods.product_duration`, `periods.offer_type`, `periods.paid`) AS dimension
    WHERE started <= at AND started < ended AND greatest(ended, patient_until) > at AND (paid OR kind = 'trial')
  )
  GROUP BY group_key_of({segment:String}, split), overdue, renews
)
GROUP BY period_start, segment, status
ORDER BY period_start, segment, status;
