-- Who was erased, so that what comes again is erased before it is written. No id is kept: only its
-- digest, by which somebody who already knows the id can tell that it was erased.
CREATE TABLE IF NOT EXISTS erasures (
  app_id LowCardinality(String),
  kind LowCardinality(String) COMMENT 'customer, receipt (a notification of theirs) or event',
  digest String COMMENT 'SHA-256 of app_id, a zero byte and the id, in hex',
  pseudonym String COMMENT 'what a customer is called instead',
  erased_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (app_id, kind, digest)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
