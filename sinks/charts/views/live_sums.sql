-- Not a chart: the part of `subscriptions` that `day_sums` and `customer_sums` stand for now, and their newest
-- filling. Whoever asks for it and reads `subscriptions` beside it sees the same parts in both, as with `superseded`.
CREATE OR REPLACE VIEW live_sums AS
SELECT fill AS newest, part
FROM summed_parts
WHERE now('UTC') BETWEEN made_at AND good_until - 1
  AND folder = (SELECT folder FROM folder_of_subscriptions)
  AND made_by = (SELECT sha256 FROM schema_migrations FINAL WHERE name = 'views')
  AND (part, rows) IN (SELECT _part, count() FROM subscriptions GROUP BY _part)
ORDER BY fill DESC
LIMIT 1;
