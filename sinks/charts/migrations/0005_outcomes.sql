-- What became of each message. The key names the record that led to the outcome: a worker that
-- tells it again tells the same row.
CREATE TABLE IF NOT EXISTS outcomes (
  app_id LowCardinality(String),
  store LowCardinality(String) COMMENT '- for an app''s own posts',
  kind LowCardinality(String),
  received_at DateTime64(3, 'UTC'),
  source LowCardinality(String) COMMENT 'topic/partition',
  source_offset Int64,
  source_place UInt32,
  receipt_id String,
  notification_id String,
  notification_type LowCardinality(String),
  purchase_key String,
  customer_id String,
  origin LowCardinality(String),
  environment LowCardinality(String),
  tracked Bool,
  connection_check Bool,
  reason LowCardinality(String),
  detail String,
  occurred_at Nullable(DateTime64(3, 'UTC')),
  count UInt32,
  events UInt32 COMMENT 'how many changes it led to',
  unknown Bool COMMENT 'the store used a word that its table lacks',
  ships Bool,
  price_micros Nullable(Int64) COMMENT 'in currency',
  currency LowCardinality(String),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (app_id, store, kind, received_at, source, source_offset, source_place)
TTL toDateTime(received_at) + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
