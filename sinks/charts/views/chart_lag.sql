-- How long it took from the store to the charts, in milliseconds, of the events received in each calendar
-- period: by store and by origin, which is what notifications are worth. A refresh is received when it is
-- due. What was imported, backfilled, parked or posted has no lag.
--   period_start: first day of the calendar period, UTC; weeks begin on Sunday
--   segment: of the chosen dimension; empty without one
--   store: where it happened
--   origin: notification or refresh
--   events: how many
--   occurred_to_received_ms_p50: from the store's own time to our door, median
--   occurred_to_received_ms_p90: 90 % took at most so long
--   occurred_to_received_ms_p99: 99 % took at most so long
--   received_to_matched_ms_p50: from our door until purchase and customer were found and the event told, median
--   received_to_matched_ms_p90: 90 % took at most so long
--   received_to_matched_ms_p99: 99 % took at most so long
--   delivered: how many of them some destination has accepted
--   received_to_delivered_ms_p50: from our door to the first destination's acceptance, median; null when none was delivered
--   received_to_delivered_ms_p90: 90 % took at most so long
--   received_to_delivered_ms_p99: 99 % took at most so long
--   received_to_visible_ms_p50: from our door until charts show it, median
--   received_to_visible_ms_p90: 90 % took at most so long
--   received_to_visible_ms_p99: 99 % took at most so long
--   occurred_to_visible_ms_p50: from the store's own time until charts show it, median
--   occurred_to_visible_ms_p90: 90 % took at most so long
--   occurred_to_visible_ms_p99: 99 % took at most so long
--   incomplete: the calendar period has not ended
CREATE OR REPLACE VIEW chart_lag AS
WITH
  now('UTC') AS at,
  {resolution:String} AS unit,
  calendar_first({from:Date}, unit) AS first,
  calendar_count(first, {to:Date}, at, unit) AS count_of,
  toDateTime(first, 'UTC') AS since,
  least(at, toDateTime(calendar_start(first, count_of, unit), 'UTC') - 1) AS until
SELECT
  period_start, segment, store, origin, events,
  to_received[1] AS occurred_to_received_ms_p50, to_received[2] AS occurred_to_received_ms_p90,
  to_received[3] AS occurred_to_received_ms_p99,
  to_matched[1] AS received_to_matched_ms_p50, to_matched[2] AS received_to_matched_ms_p90,
  to_matched[3] AS received_to_matched_ms_p99,
  delivered,
  if(delivered = 0, NULL, to_delivered[1]) AS received_to_delivered_ms_p50,
  if(delivered = 0, NULL, to_delivered[2]) AS received_to_delivered_ms_p90,
  if(delivered = 0, NULL, to_delivered[3]) AS received_to_delivered_ms_p99,
  to_visible[1] AS received_to_visible_ms_p50, to_visible[2] AS received_to_visible_ms_p90,
  to_visible[3] AS received_to_visible_ms_p99,
  in_all[1] AS occurred_to_visible_ms_p50, in_all[2] AS occurred_to_visible_ms_p90,
  in_all[3] AS occurred_to_visible_ms_p99,
  CAST(calendar_start(period_start, 1, unit) > toDate(at), 'Bool') AS incomplete
FROM (
  SELECT
    calendar_first(toDate(received_at), unit) AS period_start,
    segment_of({segment:String}, store, app_id, multiIf(
      {segment:String} = 'country', country_code,
      {segment:String} = 'product', product_id,
      {segment:String} = 'duration', product_duration,
      {segment:String} = 'offer_type', offer_type,
      '')) AS segment,
    store,
    origin,
    toInt64(count()) AS events,
    toInt64(countIf(delivered_at > 0)) AS delivered,
    quantilesExact(0.5, 0.9, 0.99)(dateDiff('ms', occurred_at, received_at)) AS to_received,
    quantilesExact(0.5, 0.9, 0.99)(dateDiff('ms', received_at, matched_at)) AS to_matched,
    quantilesExactIf(0.5, 0.9, 0.99)(delivered_at - toUnixTimestamp64Milli(received_at), delivered_at > 0) AS to_delivered,
    quantilesExact(0.5, 0.9, 0.99)(dateDiff('ms', received_at, visible_at)) AS to_visible,
    quantilesExact(0.5, 0.9, 0.99)(dateDiff('ms', occurred_at, visible_at)) AS in_all
  FROM event_times FINAL
  LEFT JOIN (
    SELECT
      event_key AS id,
      toInt64(min(toUnixTimestamp64Milli(started_at) + total_ms)) AS delivered_at
    FROM attempts
    WHERE result = 'delivered' AND NOT replay AND started_at >= since
      AND environment = {environment:String}
    GROUP BY id
  ) AS accepted ON cityHash64(event_times.event_id) = accepted.id
  WHERE ({app:String} = '' OR app_id = {app:String})
    AND ({store:String} = '' OR store = {store:String})
    AND environment = {environment:String}
    AND received_at >= since AND received_at < until + 1
    AND chart_asked(unit, {segment:String})
  GROUP BY period_start, segment, store, origin
)
ORDER BY period_start, segment, store, origin;
