-- What customers' charts read instead of `first_marks`: a customer's row after its aliases were asked for, with all
-- that those charts show of it. See sinks/charts/customer_sums.py.
DROP TABLE IF EXISTS first_marks SYNC;

CREATE TABLE IF NOT EXISTS customer_sums (
  fill UInt64 COMMENT 'of summed_parts',
  environment LowCardinality(String),
  app_id LowCardinality(String) COMMENT 'whose payments alone were looked at; empty: of every app',
  store LowCardinality(String) COMMENT 'the same',
  customer_key UInt64 COMMENT 'hash of the customer''s id (sipHash64)' CODEC(NONE),
  seen_at DateTime('UTC') COMMENT 'the earlier of what the events say and the first payment',
  paid_at DateTime('UTC') COMMENT 'of the first payment',
  paid_by Array(LowCardinality(String)) COMMENT 'its app, store, country, product, duration, offer_type',
  paid_usd_micros Int64 COMMENT 'what it brought, tax included',
  paid_back Array(Tuple(at DateTime('UTC'), usd_micros Int64)) COMMENT 'what of it went back',
  kept_at DateTime('UTC') COMMENT 'of the first payment that was not wholly refunded; 2106: none',
  kept_by Array(LowCardinality(String)),
  payments Array(Tuple(at DateTime('UTC'), usd_micros Int64, unpriced Bool)) COMMENT 'each, less what went back of it, whenever'
)
ENGINE = MergeTree
PARTITION BY fill
ORDER BY (environment, app_id, store, seen_at)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- Which customer an id belonged to when they were made.
CREATE TABLE IF NOT EXISTS summed_aliases (
  fill UInt64 COMMENT 'of summed_parts',
  environment LowCardinality(String),
  alias_key UInt64 CODEC(NONE),
  customer_key UInt64 CODEC(NONE)
)
ENGINE = MergeTree
PARTITION BY fill
ORDER BY (environment, alias_key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- MATERIALIZED: whoever inserts does not know of it.
ALTER TABLE customer_aliases
  ADD COLUMN IF NOT EXISTS noted_at DateTime('UTC') MATERIALIZED now('UTC') COMMENT 'when it was written here, or this column was added',
  MODIFY COLUMN alias_key CODEC(NONE),
  MODIFY COLUMN customer_key CODEC(NONE);

ALTER TABLE customer_aliases MATERIALIZE COLUMN noted_at SETTINGS mutations_sync = 2;

-- Hashes are no smaller for being compressed (see 0016), and each chart looks through these.
ALTER TABLE subscriptions MODIFY COLUMN sub_key CODEC(NONE);
