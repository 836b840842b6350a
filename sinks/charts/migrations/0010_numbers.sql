-- What the remaining charts are made of. Rows folded before this have nothing in the new columns:
-- `python -m sinks charts rebuild` folds them again.
ALTER TABLE subscriptions
  ADD COLUMN IF NOT EXISTS customer_key UInt64 COMMENT 'hash of customer_id (sipHash64)',
  ADD COLUMN IF NOT EXISTS first_seen_at DateTime('UTC') COMMENT 'its customer, by whichever event says the earliest',
  ADD COLUMN IF NOT EXISTS first_paid_at DateTime('UTC') COMMENT 'start of the first paid period; 2106: never paid',
  ADD COLUMN IF NOT EXISTS first_kept_at DateTime('UTC') COMMENT 'the same of those not wholly refunded; 2106: none',
  ADD COLUMN IF NOT EXISTS last_paid_at DateTime('UTC') COMMENT 'start of the last paid period, to skip what was paid before a range; 1970: never paid',
  -- Of each period, beside those of 0002. A one-time purchase is a period of kind one_time that ends when it starts.
  ADD COLUMN IF NOT EXISTS `periods.expires_at` Array(DateTime('UTC')) COMMENT 'as last told, without grace',
  ADD COLUMN IF NOT EXISTS `periods.patient_until` Array(DateTime('UTC')) COMMENT 'until then an end that has passed does not count: nobody has said what follows; 1970: somebody has',
  ADD COLUMN IF NOT EXISTS `periods.renews` Array(Bool) COMMENT 'auto-renew is on',
  ADD COLUMN IF NOT EXISTS `periods.usd_micros` Array(Int64) COMMENT 'what was paid, tax included; 0 when unpriced or not paid',
  ADD COLUMN IF NOT EXISTS `periods.refunded_usd_micros` Array(Int64) COMMENT 'how much went back, whenever',
  ADD COLUMN IF NOT EXISTS `periods.refunded_at` Array(DateTime('UTC')) COMMENT 'when all of it had gone back; 1970: not',
  ADD COLUMN IF NOT EXISTS `periods.tax_bp` Array(Int32) COMMENT 'hundredths of a percent of the price; 0 when not told',
  ADD COLUMN IF NOT EXISTS `periods.commission_bp` Array(Int32) COMMENT 'hundredths of a percent of the price; 0 when not told',
  ADD COLUMN IF NOT EXISTS `periods.moved_by` Array(LowCardinality(String)) COMMENT 'its start is a movement: new, reactivation, expansion, contraction, fx; empty: none',
  ADD COLUMN IF NOT EXISTS `periods.moved_usd_micros` Array(Int64) COMMENT 'by how much MRR moved at its start',
  ADD COLUMN IF NOT EXISTS `periods.continues` Array(UInt32) COMMENT 'place of the paid period that it follows without a gap, from 1; 0: none',
  ADD COLUMN IF NOT EXISTS `periods.churned` Array(Bool) COMMENT 'its end is a movement: no paid period follows without a gap',
  ADD COLUMN IF NOT EXISTS `periods.converted_at` Array(DateTime('UTC')) COMMENT 'of a trial: start of the first paid period after it, unless wholly refunded; 1970: none',
  ADD COLUMN IF NOT EXISTS `periods.cohort_at` Array(DateTime('UTC')) COMMENT 'retention: first standard payment of this product, without another between; 1970: it does not count',
  ADD COLUMN IF NOT EXISTS `periods.cohort_period` Array(Int32) COMMENT 'retention: which period since then, the first being 0; -1: it does not count',
  -- Of each refund that stands.
  ADD COLUMN IF NOT EXISTS `refunds.at` Array(DateTime('UTC')),
  ADD COLUMN IF NOT EXISTS `refunds.usd_micros` Array(Int64) COMMENT '0 when the payment is unpriced',
  ADD COLUMN IF NOT EXISTS `refunds.whole` Array(Bool) COMMENT 'with it all of the price had gone back',
  ADD COLUMN IF NOT EXISTS `refunds.place` Array(UInt32) COMMENT 'of the period paid, from 1',
  -- Of each charge that failed.
  ADD COLUMN IF NOT EXISTS `issues.at` Array(DateTime('UTC')),
  ADD COLUMN IF NOT EXISTS `issues.recovered_at` Array(DateTime('UTC')) COMMENT 'when the next payment was told; 1970: never',
  ADD COLUMN IF NOT EXISTS `issues.place` Array(UInt32) COMMENT 'of the period that it is about, from 1; 0: not known',
  -- Of each CANCELLATION.
  ADD COLUMN IF NOT EXISTS `cancels.at` Array(DateTime('UTC')),
  ADD COLUMN IF NOT EXISTS `cancels.reason` Array(LowCardinality(String)),
  ADD COLUMN IF NOT EXISTS `cancels.place` Array(UInt32) COMMENT 'of the period that it is about, from 1; 0: not known';

-- Which customer an id belongs to, by the newest event that lists it among a customer's aliases.
-- A subscription keeps the id that its own events gave; charts that count customers look here.
CREATE TABLE IF NOT EXISTS customer_aliases (
  environment LowCardinality(String),
  alias_key UInt64 COMMENT 'hash of the alias (sipHash64)',
  customer_key UInt64 COMMENT 'hash of the customer''s id',
  version UInt64 COMMENT 'of the event'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (environment, alias_key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS customer_aliases_of_events TO customer_aliases AS
SELECT environment, sipHash64(alias) AS alias_key, sipHash64(customer_id) AS customer_key, version
FROM events
ARRAY JOIN aliases AS alias
WHERE length(aliases) > 1;

INSERT INTO customer_aliases
SELECT environment, sipHash64(alias), sipHash64(customer_id), version
FROM events
ARRAY JOIN aliases AS alias
WHERE length(aliases) > 1;
