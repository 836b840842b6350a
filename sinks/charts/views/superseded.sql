-- Not a chart: rows of `subscriptions` that a newer one of the same subscription replaces and no merge has
-- removed yet. What reads the table without them reads what FINAL says, and as fast as if there were none:
-- FINAL merges every row of every part, here only rows are looked at whose subscription is in some part
-- beside the largest. Of rows of one version the one inserted last stays, as with FINAL.
-- Both sides of `NOT IN` see the same parts: enable_shared_storage_snapshot_in_query, which is on.
CREATE OR REPLACE VIEW superseded AS
SELECT toUInt64(bitAnd(arrayJoin(arrayFilter(other -> other != newest, found)), toUInt128(18446744073709551615))) AS row
FROM (
  SELECT groupArray(place) AS found, max(place) AS newest
  FROM (
    -- Version and row as one number: it is compared many times faster than a pair.
    SELECT sub_key, bitShiftLeft(toUInt128(version), 64) + row_number_of(_part, _part_offset) AS place
    FROM subscriptions
    WHERE sub_key IN (
      SELECT sub_key FROM subscriptions
      WHERE _part != (
        SELECT argMax(part, size)
        FROM (SELECT _part AS part, count() AS size FROM subscriptions GROUP BY part)))
  )
  GROUP BY sub_key
  HAVING length(found) > 1
);
