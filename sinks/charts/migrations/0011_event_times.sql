-- When each event that a notification or a refresh led to was at each stage, for chart_lag: by the time
-- of receipt, so that a range is read alone. Of an event told twice the row that was visible first stays.
CREATE TABLE IF NOT EXISTS event_times (
  environment LowCardinality(String),
  received_at DateTime64(3, 'UTC') COMMENT 'at our door; of a refresh, when it was due',
  event_id UUID,
  version UInt64 COMMENT 'the greater the earlier it was visible',
  app_id LowCardinality(String),
  store LowCardinality(String),
  origin LowCardinality(String),
  product_id LowCardinality(String),
  product_duration LowCardinality(String),
  country_code LowCardinality(String),
  offer_type LowCardinality(String),
  occurred_at DateTime64(3, 'UTC') COMMENT 'at the store',
  matched_at DateTime64(3, 'UTC') COMMENT 'when it had found its purchase and customer and was told as an event',
  visible_at DateTime64(3, 'UTC') COMMENT 'when the charts were folded with it'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (environment, received_at, event_id)
TTL toDateTime(received_at) + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
