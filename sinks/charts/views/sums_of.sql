-- Not a chart: what `day_sums` says of the parts that it stands for, by now.
CREATE OR REPLACE VIEW sums_of AS
SELECT app_id, store, dimension, what, day, number, usd_micros, unpriced
FROM day_sums
WHERE fill IN (SELECT newest FROM live_sums)
  AND family IN {families:Array(String)}
  AND split_by = if({segment:String} IN ('', 'store', 'app'), '', {segment:String})
  AND environment = {environment:String}
  AND ({app:String} = '' OR app_id = {app:String})
  AND ({store:String} = '' OR store = {store:String})
  AND counts_from <= now('UTC');
