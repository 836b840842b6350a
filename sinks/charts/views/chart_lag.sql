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
  delivered_of_them AS delivered,
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
    period_start,
    segment_named({segment:String}, group_split_of({segment:String}, split)) AS segment,
    toLowCardinality(any(store_of_it)) AS store,
    toLowCardinality(any(origin_of_it)) AS origin,
    toInt64(count()) AS events,
    toInt64(countIf(delivered > 0)) AS delivered_of_them,
    quantilesExact(0.5, 0.9, 0.99)(received - occurred) AS to_received,
    quantilesExact(0.5, 0.9, 0.99)(matched - received) AS to_matched,
    quantilesExactIf(0.5, 0.9, 0.99)(delivered - received, delivered > 0) AS to_delivered,
    quantilesExact(0.5, 0.9, 0.99)(visible - received) AS to_visible,
    quantilesExact(0.5, 0.9, 0.99)(visible - occurred) AS in_all
  FROM (
    SELECT
      event_id, store AS store_of_it, origin AS origin_of_it,
      calendar_first(toDate(received_at), unit) AS period_start,
      dimension_of({segment:String}, store, app_id,
        if({segment:String} = 'country', country_code, identity(
        if({segment:String} = 'product', product_id, identity(
        if({segment:String} = 'duration', product_duration, identity(
        if({segment:String} = 'offer_type', offer_type, toLowCardinality(''))))))))) AS split,
      toUnixTimestamp64Milli(occurred_at) AS occurred, toUnixTimestamp64Milli(received_at) AS received,
      toUnixTimestamp64Milli(matched_at) AS matched, toUnixTimestamp64Milli(visible_at) AS visible
    FROM event_times FINAL
    WHERE ({app:String} = '' OR app_id = {app:String})
      AND ({store:String} = '' OR store = {store:String})
      AND environment = {environment:String}
      AND received_at >= since AND received_at < until + 1
      AND chart_asked(unit, {segment:String})
  ) AS times
  LEFT ANY JOIN (
    SELECT
      toUUIDOrZero(event_id) AS id,
      toInt64(min(toUnixTimestamp64Milli(started_at) + total_ms)) AS delivered
    FROM attempts
    WHERE result = 'delivered' AND NOT replay AND started_at >= since
      AND environment = {environment:String}
    GROUP BY id
  ) AS accepted ON times.event_id = accepted.id
  GROUP BY period_start, group_key_of({segment:String}, split), cityHash64(store_of_it), cityHash64(origin_of_it)
)
ORDER BY period_start, segment, store, origin;
