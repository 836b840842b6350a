-- The delivery log: each time that a destination was tried, or given up.
CREATE TABLE IF NOT EXISTS attempts (
  destination LowCardinality(String),
  started_at DateTime64(3, 'UTC'),
  event_id String,
  attempt UInt32 COMMENT '1 is the first; 0: given up without one',
  result LowCardinality(String) COMMENT 'delivered, retry, dead, shadow',
  destination_type LowCardinality(String),
  app_id LowCardinality(String),
  store LowCardinality(String),
  environment LowCardinality(String),
  event_type LowCardinality(String),
  event_received_at DateTime64(3, 'UTC'),
  reason LowCardinality(String),
  detail String,
  status Nullable(UInt16) COMMENT 'of HTTP',
  next_at Nullable(DateTime64(3, 'UTC')),
  total_ms Float64,
  dns_ms Nullable(Float64),
  connect_ms Nullable(Float64),
  tls_ms Nullable(Float64),
  first_byte_ms Nullable(Float64),
  reused Bool,
  request_bytes UInt32,
  response_bytes UInt32,
  response_snippet String,
  replay Bool,
  written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(started_at)
ORDER BY (destination, started_at, event_id, attempt, result)
TTL toDateTime(started_at) + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
