-- Not a chart: the parts of `subscriptions` that `day_sums` stands for now, by their newest sums. Whoever asks
-- for these and reads `subscriptions` beside it sees the same parts in both, as with `superseded`.
CREATE OR REPLACE VIEW live_sums AS
SELECT max(fill) AS newest, part
FROM summed_parts
WHERE now('UTC') BETWEEN made_at AND good_until - 1
  AND folder = (SELECT folder FROM folder_of_subscriptions)
  AND (part, rows) IN (SELECT _part, count() FROM subscriptions GROUP BY _part)
GROUP BY part;
