-- Every notification as it came in, and every dead letter with its reason, for 400 days.
CREATE TABLE IF NOT EXISTS notifications (
  topic LowCardinality(String) COMMENT 'notifications.raw, notifications.dead, or that of a record nothing could read',
  app_id LowCardinality(String),
  store LowCardinality(String),
  received_at DateTime64(3, 'UTC'),
  receipt_id String,
  source String COMMENT 'topic:partition:offset of the record; of a dead letter, of the one that died',
  origin LowCardinality(String),
  environments Array(LowCardinality(String)),
  token_hint LowCardinality(String),
  reason LowCardinality(String) COMMENT 'why it is dead; empty: it is not',
  detail String,
  request_headers Array(Tuple(name LowCardinality(String), value String)),
  record_headers Map(LowCardinality(String), String),
  body String CODEC(ZSTD(3)) COMMENT 'the bytes, untouched',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic, app_id, store, received_at, receipt_id, source)
TTL toDateTime(received_at) + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
