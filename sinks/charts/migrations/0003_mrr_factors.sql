-- What makes a price a month's: price x numerator / denominator. A project may change these rows;
-- what is folded afterwards follows.
CREATE TABLE IF NOT EXISTS mrr_durations (
  duration LowCardinality(String) COMMENT 'ISO 8601, of the product',
  numerator Int64,
  denominator Int64
)
ENGINE = ReplacingMergeTree
ORDER BY duration;

-- For an intro offer, and where the product's duration is not known: by the days of the period.
-- Any other number of days: 28 / days.
CREATE TABLE IF NOT EXISTS mrr_lengths (
  first_day Int64,
  last_day Int64,
  numerator Int64,
  denominator Int64
)
ENGINE = ReplacingMergeTree
ORDER BY first_day;

-- A week counts a quarter of a month, not 7/30 of one: RevenueCat's choice.
INSERT INTO mrr_durations VALUES
  ('P1D', 30, 1), ('P3D', 10, 1), ('P7D', 4, 1), ('P1W', 4, 1), ('P2W', 2, 1), ('P4W', 1, 1),
  ('P1M', 1, 1), ('P2M', 1, 2), ('P3M', 1, 3), ('P6M', 1, 6), ('P1Y', 1, 12), ('P12M', 1, 12);

INSERT INTO mrr_lengths VALUES
  (0, 1, 30, 1), (3, 3, 10, 1), (6, 8, 4, 1), (12, 16, 2, 1), (27, 33, 1, 1), (58, 62, 1, 2),
  (88, 95, 1, 3), (179, 185, 1, 6), (363, 375, 1, 12);
