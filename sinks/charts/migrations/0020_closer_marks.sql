-- `subscriptions` made again for its readers, with marks close together and small blocks: since 0017 a chart
-- reads no whole column of it, but a thousand of its rows that were folded since, all over it. To read one of
-- them is now a look at 128 rows, in a block of 8 KB, and no more at 1,024 in 64 KB: a fifth to two fifths of
-- such a chart's CPU less. To read all of it costs the same, and so do an insert and the disk.
-- What an older process wrote before the exchange and after it was copied follows then.
CREATE TABLE IF NOT EXISTS subscriptions_copied AS subscriptions
ENGINE = ReplacingMergeTree(version)
ORDER BY (app_id, environment, sub_key)
SETTINGS index_granularity = 128, min_compress_block_size = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

INSERT INTO subscriptions_copied SELECT * FROM subscriptions;

EXCHANGE TABLES subscriptions AND subscriptions_copied;

INSERT INTO subscriptions
SELECT * FROM subscriptions_copied
WHERE (sub_key, version) NOT IN (SELECT sub_key, version FROM subscriptions);

DROP TABLE subscriptions_copied SYNC;

-- In one part: see sinks/charts/merging.py.
OPTIMIZE TABLE subscriptions FINAL;
