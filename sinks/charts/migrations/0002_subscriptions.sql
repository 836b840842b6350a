-- One row a subscription, folded from its events (fold.sql); never added to, only folded again.
-- `version` is the sum of the versions of the events folded: it grows with every new event and with
-- every later telling of one, so a stale writer never replaces a fresher row.
CREATE TABLE IF NOT EXISTS subscriptions (
  app_id LowCardinality(String),
  environment LowCardinality(String),
  sub_key UInt64,
  version UInt64,
  store LowCardinality(String),
  subscription_id String,
  customer_id String,
  last_end DateTime('UTC') COMMENT 'the latest end of a period, to skip what ended before a range',
  -- One element a period, in the order of their starts.
  `periods.transaction_id` Array(String),
  `periods.started_at` Array(DateTime('UTC')),
  `periods.ended_at` Array(DateTime('UTC')) COMMENT 'effective end; 2106: grace without an end',
  `periods.kind` Array(LowCardinality(String)) COMMENT 'normal, intro, prepaid, trial, promotional, family',
  `periods.paid` Array(Bool) COMMENT 'counts in MRR and active subscriptions',
  `periods.mrr_usd_micros` Array(Int64) COMMENT 'the price made a month''s; 0 when unpriced',
  `periods.unpriced` Array(Bool) COMMENT 'paid, but its price in USD is not known',
  `periods.product_id` Array(LowCardinality(String)),
  `periods.product_duration` Array(LowCardinality(String)),
  `periods.country_code` Array(LowCardinality(String)),
  `periods.offer_type` Array(LowCardinality(String))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (app_id, environment, sub_key)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;
