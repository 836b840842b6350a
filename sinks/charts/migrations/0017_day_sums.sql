-- Sums by day of the largest part of `subscriptions`, which charts read instead of its rows: a part never
-- changes, so what was summed of it stays true for as long as it is there. What counts only from a moment
-- on keeps that moment, as far as two days ahead; then they are made anew. See sinks/charts/day_sums.py.
CREATE TABLE IF NOT EXISTS day_sums (
  fill UInt64 COMMENT 'of summed_parts',
  family LowCardinality(String) COMMENT 'which view of changes it sums: paid, trials, movements, payments, refunds, status',
  split_by LowCardinality(String) COMMENT 'country, product, duration, offer_type; empty: none of them',
  environment LowCardinality(String),
  app_id LowCardinality(String),
  store LowCardinality(String),
  dimension LowCardinality(String) COMMENT 'what it is split by',
  what LowCardinality(String) COMMENT 'what happened, in the words of its view',
  day Date COMMENT 'on which it counts',
  counts_from DateTime('UTC') COMMENT 'from when on it counts; 1970: always',
  number Int64,
  usd_micros Int64,
  unpriced Int64
)
ENGINE = MergeTree
PARTITION BY fill
ORDER BY (family, split_by, environment, counts_from, day)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- When each id of a customer was first seen, paid first, and paid first what was kept, by the rows of that part
-- and before its aliases are asked for. Of ids that view touched_ids names it is not read.
CREATE TABLE IF NOT EXISTS first_marks (
  fill UInt64 COMMENT 'of summed_parts',
  environment LowCardinality(String),
  mark LowCardinality(String) COMMENT 'seen, paid, kept: see customers_since',
  moment DateTime('UTC') COMMENT '2106: never',
  customer_key UInt64,
  sub_key UInt64 COMMENT 'its subscription'
)
ENGINE = MergeTree
PARTITION BY fill
ORDER BY (environment, mark, moment)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- Which parts have sums: written after all of them. One of no part says that nobody reads them any more.
CREATE TABLE IF NOT EXISTS summed_parts (
  fill UInt64 COMMENT 'when it began, in microseconds since 1970',
  folder String COMMENT 'of the table: another one may have a part of the same name',
  part String,
  rows UInt64,
  made_by String COMMENT 'hash of what said what to sum: the one of the views that are there, in schema_migrations',
  made_at DateTime('UTC'),
  good_until DateTime('UTC') COMMENT 'from then on something counts that was not summed'
)
ENGINE = MergeTree
ORDER BY fill
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
