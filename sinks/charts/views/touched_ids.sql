-- Not a chart: ids of customers of whom `first_marks` does not say all: of some subscription of theirs a row is in
-- another part than the one that it stands for; or they are an alias, or have some.
CREATE OR REPLACE VIEW touched_ids AS
SELECT customer_key AS id
FROM subscriptions
WHERE environment = {environment:String}
  AND sub_key IN (SELECT sub_key FROM subscriptions WHERE _part NOT IN (SELECT part FROM live_sums))
UNION ALL
SELECT arrayJoin([alias_key, customer_key])
FROM customer_aliases
WHERE environment = {environment:String} AND alias_key != customer_key;
